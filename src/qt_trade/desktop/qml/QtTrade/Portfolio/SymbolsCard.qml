pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What each symbol has brought since the account was opened; the rows add up to the whole.
Card {
    id: card

    required property var desk
    readonly property var view: desk.portfolio.view

    objectName: "symbolsCard"
    title: "P/L by symbol"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "performance//by_symbol"
    tools: Txt {
        objectName: "symbolsSum"
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        text: card.width > 460 ? card.view.symbolsWords : card.view.symbolsWords.replace("realised + unrealised, ", "")
        font: Theme.caption
        color: Theme.text3
    }

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "The engine has published no results yet" }
    EmptyState {
        visible: card.view.known && rows.count === 0
        icon: "chart"
        title: "No result yet"
        words: card.view.symbolsEmpty
    }
    Column {
        id: list
        readonly property real each: Math.min(20, (card.height - 46) / Math.max(1, rows.count))
        readonly property real zero: 118 + (width - 118 - 108) * 0.28
        readonly property real reach: width - 108 - zero
        readonly property real back: zero - 110
        y: Theme.space1
        width: parent.width
        Repeater {
            id: rows
            model: card.desk.portfolio.symbols
            delegate: Item {
                id: line
                required property var row
                readonly property real size: row.share >= 0 ? row.share * list.reach : -row.share * list.back
                width: list.width
                height: list.each
                Txt {
                    x: Theme.space3
                    width: 104
                    height: parent.height
                    text: line.row.symbol
                    font: Theme.number
                    color: card.view.stale ? Theme.text2 : Theme.text1
                }
                Rectangle {
                    visible: line.row.share !== 0
                    x: line.row.share >= 0 ? list.zero : list.zero - line.size
                    anchors.verticalCenter: parent.verticalCenter
                    width: Math.max(1, line.size)
                    height: Math.max(6, Math.min(9, line.height - 8))
                    radius: 2
                    color: card.view.stale ? Theme.text3 : Tones.ink(line.row.tone)
                }
                Delta {
                    anchors { right: parent.right; rightMargin: Theme.space3; verticalCenter: parent.verticalCenter }
                    text: line.row.value
                    tone: line.row.tone
                    stale: card.view.stale
                }
            }
        }
    }
    Rectangle {
        visible: rows.count > 0
        x: list.zero
        y: Theme.space1
        width: Theme.strokeHair
        height: list.height
        color: Theme.lineStrong
    }
}
