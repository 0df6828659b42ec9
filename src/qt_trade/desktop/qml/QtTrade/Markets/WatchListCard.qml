import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// Every symbol of the run; a click shows it above.
Card {
    id: card

    required property var desk
    readonly property var view: desk.market

    objectName: "watchListCard"
    title: "Watch list"
    count: view.watchCount
    note: view.watchNote
    noteTone: view.watchTone
    noteSubject: "market//feed"
    tools: Txt {
        text: "prediction: move, confidence"
        font: Theme.caption
        color: Theme.text3
    }

    WaitingBars { visible: card.desk.tables.watchList.count === 0; words: card.desk.shell.waiting }
    DataTable {
        objectName: "watchList"
        name: "Watch list"
        anchors.fill: parent
        visible: card.desk.tables.watchList.count > 0
        model: card.desk.tables.watchList
        rowHeight: Theme.sizeRowCompact + 2
        selectedKey: card.view.symbol
        columns: [
            { width: 72 }, { weight: 0.9 }, { weight: 1 }, { weight: 0.9 }, { weight: 0.9 }, { weight: 0.9 },
            { weight: 0.8 }, { weight: 0.9 }, { width: 112 }, { weight: 0.7 }, { weight: 1.25 },
            { weight: 1.25 }, { weight: 1.25 }
        ]
        selects: true
        onOpened: key => card.desk.selectSymbol(key)
    }
}
