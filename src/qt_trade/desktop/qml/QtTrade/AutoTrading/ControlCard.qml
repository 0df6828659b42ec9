import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls
import QtTrade.Shell

// The switch, and what the machine behind it does right now.
Card {
    id: card

    required property var desk
    readonly property var view: desk.trading

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
        spacing: Theme.space3

        TradingState {
            Layout.fillWidth: true
            desk: card.desk
        }
        Note {
            Layout.fillWidth: true
            visible: card.view.remark !== ""
            tone: card.view.remarkTone
            text: card.view.remark
        }
        NextCycle {
            Layout.fillWidth: true
            desk: card.desk
        }
        TradingSwitch {
            objectName: "tradingSwitch"
            Layout.fillWidth: true
            desk: card.desk
        }
        Txt {
            Layout.fillWidth: true
            text: card.view.known ? card.view.cyclesRun : "Nothing is known of cycles yet"
            font: Theme.caption
            color: Theme.text3
            AgeSource { subject: card.view.known ? "status//cycles_run" : ""; value: card.view.cyclesRun }
        }
    }
}
