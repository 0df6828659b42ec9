pragma ComponentBehavior: Bound
import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// What an AI names and why, until when, and what became of it; or why there is nothing of it.
Card {
    id: card

    required property var desk
    readonly property var view: desk.dashboard
    readonly property bool none: desk.tables.candidates.count === 0
    readonly property bool narrow: width < 440

    objectName: "candidatesCard"
    title: "AI candidates"
    count: view.candidatesCount
    note: view.candidatesNote
    noteTone: view.candidatesTone
    noteSubject: note === "" ? "" : "candidate//note"
    tools: Txt {
        objectName: "candidatesOpinion"
        visible: !card.none
        width: Math.min(implicitWidth, Math.max(0, card.width - 240))
        text: card.view.candidatesTrouble !== "" ? card.view.candidatesTrouble : card.narrow ? "never an order" : card.view.opinion
        font: Theme.caption
        color: card.view.candidatesTrouble === "" ? Theme.text3 : Theme.warn
        HoverHandler { id: hover }
        Tip {
            visible: hover.hovered
            text: card.view.candidatesTrouble === "" ? card.view.opinion : card.view.candidatesTitle + ". " + card.view.candidatesTold
        }
    }

    WaitingBars { visible: !card.view.candidatesKnown; words: card.desk.shell.waiting }
    EmptyState {
        objectName: "candidatesEmpty"
        visible: card.view.candidatesKnown && card.none
        icon: card.view.candidatesIcon
        title: card.view.candidatesTitle
        words: card.view.candidatesTold
    }
    DataTable {
        objectName: "candidatesTable"
        name: "AI candidates"
        anchors.fill: parent
        visible: !card.none
        model: card.desk.tables.candidates
        columns: [
            { width: 58 }, { width: 74 }, { weight: 2 }, { width: 0 }, { width: 44 },
            { width: 0 }, { width: 60 }, { weight: card.narrow ? 0 : 1.3 }
        ]
        onOpened: key => card.desk.openSymbol(key)
    }
}
