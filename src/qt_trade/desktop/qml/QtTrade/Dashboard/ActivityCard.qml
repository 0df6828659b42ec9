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
    readonly property bool narrow: width < 440

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
        // Value, fees and all of the reason stand in the log of the Orders page.
        columns: [
            { width: 68 }, { width: 56, strong: true }, { weight: 1 }, { width: 0 }, { width: 0 },
            { width: card.narrow ? 0 : 76 }, { width: card.narrow ? 0 : 92 }
        ]
        onOpened: key => card.desk.openSymbol(card.desk.symbolOfTrade(key))
    }
}
