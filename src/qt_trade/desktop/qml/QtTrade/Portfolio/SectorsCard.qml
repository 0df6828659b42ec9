pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Where the money is, by sector, and what is left in cash.
Card {
    id: card

    required property var desk
    readonly property var view: desk.portfolio.view
    readonly property bool stale: desk.dashboard.stale

    objectName: "sectorsCard"
    title: "Allocation by sector"
    note: view.sectorsNote
    noteTone: view.sectorsTone
    noteSubject: "summary//sectors"
    tools: Txt {
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        visible: card.width > 400 && rows.count > 0
        text: card.view.sectorsWords
        font: Theme.caption
        color: Theme.text3
    }

    WaitingBars { visible: !card.desk.dashboard.known; words: card.desk.shell.waiting }
    EmptyState {
        visible: card.desk.dashboard.known && rows.count === 0
        icon: "portfolio"
        title: "Nothing is held"
        words: card.view.cash
    }
    ListView {
        id: rows
        objectName: "sectorRows"
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: foot.top; topMargin: Theme.space2 }
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: card.desk.portfolio.sectors
        T.ScrollBar.vertical: ThinScrollBar {}
        delegate: BarRow {
            id: line
            required property var row
            width: rows.width
            height: 21
            nameWidth: 172
            name: line.row.name
            value: line.row.weight
            share: line.row.share
            tone: line.row.tone
            stale: card.stale
        }
    }
    Column {
        id: foot
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; bottomMargin: Theme.space1 }
        visible: rows.count > 0
        Rectangle { x: Theme.space3; width: parent.width - 2 * Theme.space3; height: Theme.strokeHair; color: Theme.line }
        BarRow {
            objectName: "allPositions"
            width: parent.width
            height: 24
            nameWidth: 172
            name: card.view.allName
            value: card.view.allWeight
            share: card.view.allShare
            stale: card.stale
        }
        Item {
            width: parent.width
            height: 20
            Txt { x: Theme.space3; height: parent.height; width: card.width > 440 ? parent.width * 0.55 : parent.width - 2 * Theme.space3; text: card.view.cash; font: Theme.label; color: Theme.text2 }
            Txt {
                anchors { right: parent.right; rightMargin: Theme.space3 }
                visible: card.width > 440
                height: parent.height
                text: card.view.diverse
                font: Theme.caption
                color: Theme.text3
            }
        }
    }
}
