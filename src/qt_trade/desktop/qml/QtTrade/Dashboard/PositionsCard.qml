pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What is held, with its weight against the cap.
Card {
    id: card

    required property var desk
    readonly property var view: desk.dashboard
    readonly property bool stale: view.positionsStale
    readonly property bool none: desk.tables.positions.count === 0

    objectName: "positionsCard"
    title: "Positions"
    count: view.positionsCount
    note: view.positionsNote
    noteTone: view.positionsTone
    noteSubject: "positions//qty"
    tools: Txt {
        visible: !card.none
        text: card.view.weightWords
        font: Theme.caption
        color: Theme.text3
    }

    WaitingBars { visible: !card.view.positionsKnown; words: card.desk.shell.waiting }
    EmptyState {
        visible: card.view.positionsKnown && card.none
        icon: "chart"
        title: "No open positions"
        words: "Start AutoTrading, or buy by hand on Markets."
    }
    DataTable {
        id: table
        objectName: "positionsTable"
        name: "Positions"
        width: parent.width
        height: Math.min(fullHeight, parent.height - totals.height)
        visible: !card.none
        model: card.desk.tables.positions
        columns: [
            { width: 84 }, { weight: 0.8 }, { weight: 1 }, { weight: 1 }, { weight: 1 },
            { weight: 1 }, { weight: 1.1 }, { width: 112 }, { weight: 1.1 }
        ]
        onOpened: key => card.desk.openSymbol(key)
    }
    Totals {
        id: totals
        visible: !card.none
        anchors.top: table.bottom
        table: table
        stale: card.stale
        view: card.view
    }
}
