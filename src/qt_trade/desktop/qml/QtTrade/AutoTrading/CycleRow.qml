pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// One symbol's way through a cycle.
Rectangle {
    id: line

    required property var row
    property bool stale: false
    signal opened()

    height: 46
    color: area.containsMouse ? Theme.hover : "transparent"

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.space3
        anchors.rightMargin: Theme.space3
        spacing: Theme.space2
        Column {
            Layout.fillWidth: true
            Layout.preferredWidth: 1.35
            Item {
                width: parent.width - Theme.space4
                height: Theme.bodyLine
                Txt {
                    text: line.row.symbol
                    font: Theme.title
                    color: line.stale ? Theme.text2 : Theme.text1
                }
                Row {
                    anchors.right: parent.right
                    height: parent.height
                    spacing: Theme.space2
                    Delta {
                        anchors.verticalCenter: parent.verticalCenter
                        text: line.row.move
                        tone: line.row.moveTone
                        stale: line.stale
                        subject: "status/" + line.row.symbol + "/row"
                        name: line.row.symbol + " expected"
                    }
                    Txt {
                        width: 30
                        height: parent.height
                        horizontalAlignment: Text.AlignRight
                        text: line.row.confidence
                        font: Theme.label
                        color: line.stale ? Theme.text3 : Theme.text2
                        AgeSource { subject: "status/" + line.row.symbol + "/row"; value: line.row.confidence; name: line.row.symbol + " confidence" }
                    }
                }
            }
            Txt { width: parent.width - Theme.space4; text: line.row.sources !== "" && line.row.ended !== "CANDIDATE" ? line.row.sources : line.row.candidate; font: Theme.caption; color: line.row.ended === "CANDIDATE" && !line.stale ? Theme.warn : Theme.text3 }
        }
        CycleStep {
            Layout.preferredWidth: 1.5
            step: line.row.stages[0]
            stale: line.stale
            room: line.width - x - Theme.space3
        }
        CycleStep {
            Layout.preferredWidth: 1.2
            step: line.row.stages[1]
            stale: line.stale
            room: line.width - x - Theme.space3
        }
        CycleStep {
            Layout.preferredWidth: 1
            step: line.row.stages[2]
            stale: line.stale
        }
    }
    Rectangle { anchors.bottom: parent.bottom; width: parent.width; height: Theme.strokeHair; color: Theme.line }
    MouseArea {
        id: area
        anchors.fill: parent
        hoverEnabled: true
        onClicked: line.opened()
        Tip {
            visible: area.containsMouse && line.row.sourceWords !== ""
            text: line.row.candidate + "\n" + line.row.sourceWords
        }
    }
}
