pragma ComponentBehavior: Bound
import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// What an AI thinks, on whose word, until when, and what became of it. Its text is only ever shown.
Card {
    id: card

    required property var desk
    readonly property var view: desk.intelligence.opinions
    readonly property bool wide: width >= 1240
    readonly property bool none: table.model.count === 0

    objectName: "opinionsCard"
    title: view.name
    count: view.count
    note: view.note
    noteTone: view.tone
    noteSubject: "candidate//note"
    tools: [
        Txt {
            objectName: "opinionsOpinion"
            anchors.verticalCenter: parent ? parent.verticalCenter : undefined
            text: card.wide ? card.view.opinion : "An opinion, never an order."
            font: Theme.caption
            color: Theme.text3
        },
        Txt {
            objectName: "opinionsSpent"
            anchors.verticalCenter: parent ? parent.verticalCenter : undefined
            visible: text !== ""
            text: card.view.spent
            font: Theme.caption
            color: Theme.text3
        }
    ]

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "The worker has published no candidates yet" }
    EmptyState {
        objectName: "opinionsEmpty"
        visible: card.view.known && card.none
        icon: card.view.icon
        title: card.view.title
        words: card.view.told
    }
    Note {
        id: remark
        objectName: "opinionsRemark"
        anchors { left: parent.left; right: parent.right; top: parent.top }
        visible: card.view.remark !== ""
        height: visible ? implicitHeight : 0
        radius: 0
        tone: "warn"
        text: card.view.remark
    }
    DataTable {
        id: table
        objectName: "opinionsTable"
        name: "Candidates"
        anchors { left: parent.left; right: parent.right; top: remark.bottom }
        height: Math.min(fullHeight, parent.height - remark.height)
        visible: !card.none
        rowHeight: model.count > 6 ? Theme.sizeRowCompact : Theme.sizeRowNormal - 1
        model: card.desk.intelligence.candidates
        columns: card.wide
            ? [{ width: 64 }, { width: 108 }, { weight: 5 }, { weight: 1.5 }, { width: 52 }, { width: 62 }, { width: 54 }, { weight: 1.3 }]
            : [{ width: 54 }, { width: 96 }, { weight: 4 }, { weight: 1.6 }, { width: 44 }, { width: 54 }, { width: 44 }, { weight: 1.5 }]
        onOpened: key => card.desk.openSymbol(key)
    }
}
