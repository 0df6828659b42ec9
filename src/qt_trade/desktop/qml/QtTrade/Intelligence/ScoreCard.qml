pragma ComponentBehavior: Bound
import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// Every model at every horizon against the naive baseline: the difference, and how sure it is.
Card {
    id: card

    required property var desk
    readonly property var view: desk.intelligence.score
    readonly property bool wide: width >= 1240

    objectName: "scoreCard"
    title: "Score card against the naive baseline"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "score//sealed"
    tools: [
        Txt {
            objectName: "scoreNaive"
            anchors.verticalCenter: parent ? parent.verticalCenter : undefined
            visible: text !== ""
            width: Math.min(implicitWidth, card.width * (card.wide ? 0.48 : 0.32))
            text: card.view.naive
            font: Theme.caption
            color: Theme.text3
            HoverHandler { id: over }
            Tip { visible: over.hovered && parent.truncated; text: card.view.naive }
        },
        Segmented {
            objectName: "scoreRows"
            visible: card.view.symbolsWords !== ""
            name: "Rows of the score card"
            options: ["Models", "By symbol"]
            index: card.view.bySymbol ? 1 : 0
            onPicked: index => card.desk.intelligence.showSymbols(index)
        }
    ]

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "The worker has published no scores yet" }
    EmptyState {
        visible: card.view.known && table.model.count === 0
        icon: "intelligence"
        title: card.view.empty
        words: card.view.emptyWords
    }
    DataTable {
        id: table
        objectName: "scoreTable"
        name: "Score card"
        anchors { left: parent.left; right: parent.right; top: parent.top }
        height: Math.min(fullHeight, parent.height)
        visible: model.count > 0
        rowHeight: model.count <= 5 && card.wide ? Theme.sizeRowComfortable : card.wide ? Theme.sizeRowNormal : Theme.sizeRowCompact
        model: card.desk.intelligence.scores
        selectedKey: card.view.selected
        columns: card.wide
            ? [{ width: 72 }, { width: 132 }, { width: 140 }, { width: 74 }, { width: 66 }, { weight: 1 }, { width: 124 }, { width: 80 }, { width: 90 }, { width: 146 }]
            : [{ width: 52 }, { width: 90 }, { width: 112 }, { width: 58 }, { width: 54 }, { weight: 1 }, { width: 106 }, { width: 56 }, { width: 62 }, { width: 118 }]
        onOpened: key => card.desk.intelligence.choose(key)
        onActed: key => card.desk.intelligence.askAct(key)
    }
}
