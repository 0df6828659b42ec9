pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What the wire did last, and what time it is where the prices come from.
Rectangle {
    id: line

    required property var desk

    implicitHeight: Theme.sizeStatus
    color: Theme.panel

    Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.line }
    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.space3
        anchors.rightMargin: Theme.space3
        spacing: Theme.space4
        Txt {
            objectName: "statusAlarm"
            visible: text !== ""
            text: line.desk.shell.statusAlarm
            font: Theme.caption
            color: Theme.crit
        }
        Repeater {
            model: line.desk.shell.statusLeft
            delegate: Txt {
                required property string modelData
                text: modelData
                font: Theme.caption
                color: Theme.text3
            }
        }
        Item { Layout.fillWidth: true }
        Repeater {
            model: line.desk.shell.statusRight
            delegate: Txt {
                required property string modelData
                text: modelData
                font: Theme.caption
                color: Theme.text3
            }
        }
        Txt {
            objectName: "statusTime"
            text: line.desk.shell.statusTime
            font.family: Theme.familyUi
            font.pixelSize: Theme.caption.pixelSize
            font.weight: Theme.label.weight
            font.features: Theme.caption.features
        }
    }
}
