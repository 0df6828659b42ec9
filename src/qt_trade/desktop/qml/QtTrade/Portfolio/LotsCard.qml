pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// The tax lots of the selected position: the first in is the first out.
Card {
    id: card

    required property var desk
    readonly property var view: desk.portfolio.view

    objectName: "lotsCard"
    title: view.lotsSymbol === "" ? "Tax lots" : "Tax lots of " + view.lotsSymbol
    count: view.lotsWords
    note: desk.dashboard.positionsNote
    noteTone: desk.dashboard.positionsTone
    noteSubject: "positions//lots"
    tools: Txt {
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        visible: card.width > 420
        text: "first in, first out"
        font: Theme.caption
        color: Theme.text3
    }

    component Line: Item {
        id: line
        required property var row
        property bool head: false
        readonly property color ink: head ? Theme.text3 : card.desk.dashboard.positionsStale ? Theme.text2 : Theme.text1
        Txt { x: Theme.space3; width: parent.width * 0.4; height: parent.height; text: card.width < 380 ? line.row.day : line.row.when; font: line.head ? Theme.caption : Theme.body; color: line.head ? Theme.text3 : Theme.text2 }
        Txt { x: parent.width * 0.34; width: parent.width * 0.16; height: parent.height; horizontalAlignment: Text.AlignRight; text: line.row.quantity; font: line.head ? Theme.caption : Theme.number; color: line.ink }
        Txt { x: parent.width * 0.5; width: parent.width * 0.22; height: parent.height; horizontalAlignment: Text.AlignRight; text: line.row.price; font: line.head ? Theme.caption : Theme.number; color: line.ink }
        Txt { x: parent.width * 0.72; width: parent.width * 0.28 - Theme.space3; height: parent.height; horizontalAlignment: Text.AlignRight; text: line.row.cost; font: line.head ? Theme.caption : Theme.number; color: line.ink }
    }

    EmptyState {
        visible: rows.count === 0
        icon: "list"
        title: card.view.lotsSymbol === "" ? "No position" : "No lots of " + card.view.lotsSymbol + " yet"
        words: card.view.lotsSymbol === "" ? "Choose a position to see when it was bought." : "The engine has not named them."
    }
    Line {
        id: head
        visible: rows.count > 0
        width: parent.width
        height: Theme.sizeRowCompact
        head: true
        row: ({ when: "Bought", day: "Bought", quantity: "Qty", price: "Price", cost: "Cost" })
    }
    ListView {
        id: rows
        objectName: "lotRows"
        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom }
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: card.desk.portfolio.lots
        T.ScrollBar.vertical: ThinScrollBar {}
        delegate: Line {
            width: rows.width
            height: Theme.sizeRowCompact
        }
    }
}
