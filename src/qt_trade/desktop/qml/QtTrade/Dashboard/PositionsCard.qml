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
    readonly property bool stale: desk.shell.stale
    readonly property bool none: desk.positions.count === 0

    objectName: "positionsCard"
    title: "Positions"
    count: view.positionsCount
    note: view.positionsNote
    noteTone: stale ? "warn" : "faint"
    tools: Txt {
        visible: !card.none
        height: parent ? parent.height : 0
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
    ListHead {
        id: head
        visible: !card.none
        columns: [
            { title: "Symbol", width: 72, right: false },
            { title: "Qty", right: true },
            { title: "Avg cost", right: true },
            { title: "Last", right: true },
            { title: "Day %", right: true },
            { title: "Day P/L", right: true },
            { title: "Value", right: true },
            { title: "Weight", width: 104, right: true },
            { title: "Unrealised", right: true }
        ]
    }
    ListView {
        objectName: "positionsList"
        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: totals.top }
        visible: !card.none
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: card.desk.positions
        delegate: PositionRow {
            required property var row
            width: ListView.view.width
            cells: row
            stale: card.stale
            onOpened: card.desk.openSymbol(row.symbol)
        }
    }
    PositionRow {
        id: totals
        visible: !card.none
        anchors.bottom: parent.bottom
        width: parent.width
        total: true
        stale: card.stale
        cells: ({
            symbol: "Total", qty: "", average: "", last: "", dayPct: "", used: 0,
            day: card.view.totalDay, dayTone: card.view.totalDayTone, value: card.view.totalValue,
            weight: card.view.totalWeight, unrealized: card.view.totalUnrealized,
            unrealizedTone: card.view.totalUnrealizedTone
        })
    }
}
