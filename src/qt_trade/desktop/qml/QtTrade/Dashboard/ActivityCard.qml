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
    readonly property bool stale: desk.shell.stale
    readonly property bool wide: width > 720

    objectName: "activityCard"
    title: "Activity"
    count: view.tradesCount
    note: view.tradesNote
    noteTone: stale ? "warn" : "faint"

    EmptyState {
        visible: card.desk.trades.count === 0
        icon: "list"
        title: "No trades yet"
        words: "Fills of AutoTrading and of your own orders appear here."
    }
    ListHead {
        id: head
        visible: card.desk.trades.count > 0
        columns: [
            { title: "Time", width: 64, right: false },
            { title: "Symbol", width: 56, right: false },
            { title: "What", width: 168, right: false },
            { title: "Value", width: 84, right: true },
            { title: "Realised", width: 76, right: true },
            { title: "  Why", right: false }
        ]
    }
    ListView {
        objectName: "activityList"
        anchors { left: parent.left; right: parent.right; top: head.bottom }
        height: Math.floor((parent.height - head.height) / Theme.sizeRowCompact) * Theme.sizeRowCompact
        visible: card.desk.trades.count > 0
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: card.desk.trades
        delegate: Item {
            id: line
            required property var row
            width: ListView.view.width
            height: Theme.sizeRowCompact
            RowLayout {
                anchors.fill: parent
                anchors.leftMargin: Theme.space3
                anchors.rightMargin: Theme.space3
                spacing: Theme.space2
                Txt { Layout.preferredWidth: 64; text: line.row.time; color: Theme.text2 }
                Txt { Layout.preferredWidth: 56; text: line.row.symbol; font: Theme.title; color: card.stale ? Theme.text2 : Theme.text1 }
                Txt { Layout.preferredWidth: 168; text: line.row.what; color: card.stale ? Theme.text2 : Theme.text1 }
                Txt { Layout.preferredWidth: 84; horizontalAlignment: Text.AlignRight; text: line.row.value; font: Theme.number; color: card.stale ? Theme.text2 : Theme.text1 }
                Txt { Layout.preferredWidth: 76; horizontalAlignment: Text.AlignRight; text: line.row.realized; font: Theme.number; color: card.stale ? Theme.text3 : Tones.ink(line.row.tone) }
                Txt { Layout.fillWidth: true; Layout.preferredWidth: 1; leftPadding: Theme.space2; text: line.row.origin + ": " + line.row.reason; color: Theme.text3 }
            }
        }
    }
}
