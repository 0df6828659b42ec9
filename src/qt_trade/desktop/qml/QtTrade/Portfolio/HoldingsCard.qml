pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// Positions with sector, exits and holding time; whether the broker's books say the same.
Card {
    id: card

    required property var desk
    readonly property var account: desk.dashboard
    readonly property var view: desk.portfolio.view
    readonly property var table: desk.portfolio.holdings
    readonly property bool none: table.count === 0
    readonly property bool wide: width >= 1240

    objectName: "holdingsCard"
    title: "Positions"
    count: account.positionsCount
    note: account.positionsNote
    noteTone: account.positionsTone
    noteSubject: "positions//qty"
    tools: Row {
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        spacing: Theme.space2
        Txt {
            anchors.verticalCenter: parent.verticalCenter
            visible: !card.none
            rightPadding: Theme.space3
            text: card.account.weightWords
            font: Theme.caption
            color: Theme.text3
        }
        Txt {
            objectName: "booksWords"
            anchors.verticalCenter: parent.verticalCenter
            text: card.view.books
            font: Theme.caption
            color: card.view.booksTone === "ok" ? Theme.text3 : Tones.ink(card.view.booksTone)
            AgeSource { subject: "books//checked"; value: parent.text; name: "Books" }
        }
        Icon {
            anchors.verticalCenter: parent.verticalCenter
            name: card.view.booksIcon
            color: Tones.ink(card.view.booksTone)
            size: Theme.captionLine
        }
    }

    WaitingBars { visible: !card.account.positionsKnown; words: card.desk.shell.waiting }
    BooksBar {
        id: books
        anchors { left: parent.left; right: parent.right; top: parent.top }
        desk: card.desk
    }
    EmptyState {
        visible: card.account.positionsKnown && card.none
        anchors.verticalCenterOffset: books.height / 2
        icon: "chart"
        title: "No open positions"
        words: "Start AutoTrading, or buy by hand on Markets."
    }
    DataTable {
        id: table
        objectName: "holdingsTable"
        name: "Positions"
        anchors.top: books.bottom
        width: parent.width
        height: Math.min(fullHeight, parent.height - books.height - total.height)
        visible: !card.none
        model: card.table
        selectedKey: card.view.lotsSymbol
        selects: true
        columns: card.wide
            ? [{ width: 84 }, { weight: 1.9 }, { weight: 0.55 }, { weight: 0.9 }, { weight: 0.9 }, { weight: 0.9 }, { weight: 0.95 },
               { weight: 1.1 }, { weight: 1.1 }, { weight: 0.8 }, { width: 116 }, { weight: 1.5 }, { weight: 0.65 }, { weight: 0.65 }]
            : [{ width: 60 }, { weight: 1.5 }, { weight: 0.5 }, { weight: 0.9 }, { weight: 0.9 }, { weight: 1.05 }, { weight: 1 },
               { weight: 1.15 }, { weight: 1.1 }, { weight: 0.95 }, { width: 106 }, { weight: 1.75 }, { width: 48 }, { width: 50 }]
        onOpened: key => card.desk.portfolio.choosePosition(key)
    }
    HoldingsTotal {
        id: total
        visible: !card.none
        anchors.top: table.bottom
        table: table
        stale: card.account.positionsStale
        account: card.account
        view: card.view
    }
}
