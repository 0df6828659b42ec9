import QtQuick
import QtTrade.Theme

// Two pixels, two pixels away, round the control that has the keyboard.
Rectangle {
    required property Item control

    anchors.fill: parent
    anchors.margins: -2 * Theme.strokeFocus
    visible: control.activeFocus && (control as Item).enabled
    color: "transparent"
    border.color: Theme.focus
    border.width: Theme.strokeFocus
    radius: Theme.radiusControl + 2 * Theme.strokeFocus
}
