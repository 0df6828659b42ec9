pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// How to stop without this desk: where, what to do there, and what to copy for it.
Rectangle {
    id: card

    required property var desk

    objectName: "waysOut"
    implicitHeight: column.implicitHeight
    radius: Theme.radiusCard
    color: Theme.panel
    border.color: Theme.line
    border.width: Theme.strokeHair
    Accessible.role: Accessible.Grouping
    Accessible.name: "Stop without this desk"

    ColumnLayout {
        id: column
        width: parent.width
        spacing: 0
        Txt {
            Layout.leftMargin: Theme.space3
            Layout.preferredHeight: Theme.sizeControl + Theme.space1 + 2
            text: "Stop without this desk"
            font: Theme.title
        }
        Repeater {
            model: card.desk.emergency.ways
            delegate: ColumnLayout {
                id: way
                required property var row
                required property int index
                Layout.fillWidth: true
                spacing: Theme.space1
                Rectangle { Layout.fillWidth: true; implicitHeight: Theme.strokeHair; color: Theme.line }
                Txt {
                    Layout.leftMargin: Theme.space4
                    Layout.topMargin: Theme.space2
                    text: way.row.title
                    font: Theme.title
                }
                Txt {
                    Layout.fillWidth: true
                    Layout.leftMargin: Theme.space4
                    Layout.rightMargin: Theme.space4
                    Layout.bottomMargin: way.row.copy === "" ? Theme.space3 : 0
                    text: way.row.words
                    font: Theme.label
                    color: Theme.text2
                    wrapMode: Text.WordWrap
                }
                RowLayout {
                    visible: way.row.copy !== ""
                    Layout.fillWidth: true
                    Layout.leftMargin: Theme.space4
                    Layout.rightMargin: Theme.space4
                    Layout.bottomMargin: Theme.space3
                    spacing: Theme.space2
                    Rectangle {
                        Layout.fillWidth: true
                        implicitHeight: Theme.sizeControlSmall
                        radius: Theme.radiusControl
                        color: Theme.inset
                        border.color: Theme.line
                        border.width: Theme.strokeHair
                        Txt {
                            objectName: "wayOutText" + way.index
                            anchors { fill: parent; leftMargin: Theme.space2; rightMargin: Theme.space2 }
                            text: way.row.copy
                            font.family: Theme.familyMono
                            font.pixelSize: Theme.label.pixelSize
                        }
                    }
                    ActionButton {
                        id: copy
                        property bool done: false
                        objectName: "wayOutCopy" + way.index
                        small: true
                        text: done ? "Copied" : "Copy"
                        onClicked: {
                            card.desk.emergency.copy(way.row.copy);
                            done = true;
                        }
                    }
                }
            }
        }
    }
}
