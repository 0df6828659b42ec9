pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What happened: the last fills, newest first, each with its reason.
Card {
    id: card

    required property var desk
    readonly property var view: desk.dashboard
    readonly property bool stale: view.tradesStale

    objectName: "activityCard"
    title: "Activity"
    count: view.tradesCount
    note: view.tradesNote
    noteTone: view.tradesTone
    noteSubject: "status//trades"

    EmptyState {
        visible: card.desk.tables.trades.count === 0
        icon: "list"
        title: "No trades yet"
        words: "Fills of AutoTrading and of your own orders appear here."
    }
    DataTable {
        objectName: "activityTable"
        name: "Activity"
        anchors.fill: parent
        visible: card.desk.tables.trades.count > 0
        model: card.desk.tables.trades
        columns: [
            { width: 76 }, { width: 60, strong: true }, { weight: 1 }, { width: 92 }, { width: 60 },
            { width: 84 }, { width: 92 }
        ]
        onOpened: key => card.desk.openSymbol(card.desk.symbolOfTrade(key))
    }
}
