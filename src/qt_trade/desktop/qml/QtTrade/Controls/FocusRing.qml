import QtQuick
import QtQuick.Templates as T
import QtTrade.Theme

// Two pixels, two pixels away, round the control that has the keyboard and was given it by a key.
Rectangle {
    required property Item control
    property bool shown: (control as T.Control).visualFocus

    anchors.fill: parent
    anchors.margins: -2 * Theme.strokeFocus
    visible: shown && control.enabled
    color: "transparent"
    border.color: Theme.focus
    border.width: Theme.strokeFocus
    radius: Theme.radiusControl + 2 * Theme.strokeFocus
}
