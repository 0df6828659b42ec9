import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls
import QtTrade.Shell

// The switch, who has it, and what the machine behind it does right now.
Card {
    id: card

    required property var desk
    readonly property var view: desk.trading
    readonly property var control: desk.sessions.view
    // A person must be asked before AutoTrading is paused.
    signal asked()

    objectName: "controlCard"
    title: "Control"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "status//note"
    implicitHeight: content.implicitHeight + Theme.sizeControl + Theme.space6

    ColumnLayout {
        id: content
        x: Theme.space3
        y: Theme.space3
        width: parent.width - 2 * Theme.space3
        spacing: Theme.space2 + 2

        TradingState {
            Layout.fillWidth: true
            visible: !card.view.down
            desk: card.desk
        }
        Item {
            Layout.fillWidth: true
            Layout.preferredHeight: down.implicitHeight
            visible: card.view.down
            RoleDown {
                id: down
                objectName: "controlDown"
                role: "Engine"
                words: card.view.downWords
                onOpened: card.desk.openPageCalled("System")
            }
        }
        Note {
            objectName: "controlRemark"
            Layout.fillWidth: true
            visible: card.view.remark !== "" && !card.view.down
            tone: card.view.remarkTone
            text: card.view.remark
            action: card.view.stale ? "Stop it without this desk" : ""
            onActed: card.desk.emergency.refuse()
        }
        Note {
            objectName: "controlPaused"
            Layout.fillWidth: true
            visible: card.control.paused && !card.view.down
            text: card.control.pausedWords
        }
        NextCycle {
            Layout.fillWidth: true
            visible: !card.view.down
            desk: card.desk
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            ActionButton {
                objectName: "tradingPause"
                Layout.fillWidth: true
                visible: card.view.running
                iconName: card.view.pausedByPolicy ? "play" : "pause"
                text: card.view.pausedByPolicy ? "Open positions again" : "Pause after this cycle"
                enabled: card.view.canPause && card.desk.shell.canWrite
                hint: card.desk.shell.why || card.view.switchHint
                onClicked: card.view.pausedByPolicy ? card.desk.continueTrading() : card.asked()
            }
            TradingSwitch {
                objectName: "tradingSwitch"
                Layout.fillWidth: !card.view.running
                short: true
                desk: card.desk
            }
        }
        ControlRow {
            Layout.fillWidth: true
            desk: card.desk
        }
        Txt {
            Layout.fillWidth: true
            visible: card.control.watchers !== "" || card.view.known
            text: card.control.watchers !== "" ? card.control.watchers : card.view.cyclesRun
            font: Theme.caption
            color: Theme.text3
            AgeSource { subject: !card.view.known ? "" : card.control.watchers !== "" ? "session//watchers" : "status//cycles_run"; value: parent.text }
        }
        LossSetting {
            Layout.fillWidth: true
            desk: card.desk
        }
    }
}
