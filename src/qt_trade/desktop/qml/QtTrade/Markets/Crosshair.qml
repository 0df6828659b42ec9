import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// Two lines and two labels over the chart; they move without repainting it.
Item {
    id: cross

    required property var chart
    readonly property var at: chart.crosshair
    readonly property var panes: chart.panes

    visible: at.visible

    Rectangle {
        x: Math.round(cross.at.x)
        y: Theme.sizeRowNormal
        width: Theme.strokeHair
        height: cross.panes.bottom - y
        color: Theme.text3
        opacity: 0.7
    }
    Rectangle {
        visible: cross.at.price !== ""
        y: Math.round(cross.at.y)
        width: cross.panes.right
        height: Theme.strokeHair
        color: Theme.text3
        opacity: 0.7
    }
    component Label: Rectangle {
        property alias text: words.text
        width: words.implicitWidth + 2 * Theme.space2
        height: Theme.captionLine + 2
        radius: Theme.radiusChip
        color: Theme.lineStrong
        Txt { id: words; anchors.centerIn: parent; font: Theme.label }
    }
    Label {
        visible: cross.at.price !== ""
        text: cross.at.price
        x: cross.panes.right + Theme.space1
        y: Math.round(cross.at.y - height / 2)
    }
    Label {
        text: cross.at.time
        x: Math.max(0, Math.min(cross.panes.right - width, Math.round(cross.at.x - width / 2)))
        y: cross.panes.bottom + Theme.space1
    }
}
