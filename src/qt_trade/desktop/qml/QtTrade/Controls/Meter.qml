import QtQuick
import QtTrade.Theme

// How far along, from 0 to 1.
Rectangle {
    id: meter

    property real value: 0
    property color fill: Theme.accent

    implicitHeight: 4
    radius: height / 2
    color: Theme.line
    Accessible.role: Accessible.ProgressBar
    Accessible.name: Math.round(value * 100) + " %"

    Rectangle {
        width: parent.width * Math.max(0, Math.min(1, meter.value))
        height: parent.height
        radius: parent.radius
        color: meter.fill
    }
}
