import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// How long until the next cycle, and who controls.
ColumnLayout {
    id: block

    required property var desk
    readonly property var view: desk.trading

    spacing: Theme.space1

    RowLayout {
        Layout.fillWidth: true
        Column {
            Layout.fillWidth: true
            Txt { text: "Next cycle in"; font: Theme.caption; color: Theme.text3 }
            Txt {
                objectName: "nextCycle"
                text: block.view.nextIn
                font: Theme.figure
                color: block.view.stale ? Theme.text3 : Theme.text1
                AgeSource { subject: "status//next_run"; value: block.view.nextIn; name: "Next cycle in" }
            }
        }
        Column {
            Txt { anchors.right: parent.right; text: "Controlled by"; font: Theme.caption; color: Theme.text3 }
            Txt {
                anchors.right: parent.right
                objectName: "controlledBy"
                text: block.desk.sessions.view.holder
                font: Theme.number
                color: block.view.stale ? Theme.text3 : Theme.text1
            }
        }
    }
    Meter {
        Layout.fillWidth: true
        value: block.view.nextProgress
        implicitHeight: 3
    }
}
