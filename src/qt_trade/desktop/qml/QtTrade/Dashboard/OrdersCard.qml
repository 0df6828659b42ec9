pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Orders that may still be filled, each with its way out.
Card {
    id: card

    required property var desk
    readonly property var view: desk.dashboard
    readonly property bool stale: view.ordersStale

    objectName: "ordersCard"
    title: "Open orders"
    count: view.ordersCount
    note: view.ordersNote
    noteTone: view.ordersTone
    noteSubject: "order//note"

    WaitingBars { visible: !card.view.ordersKnown; words: card.desk.shell.waiting }
    EmptyState {
        visible: card.view.ordersKnown && card.desk.tables.orders.count === 0
        icon: "list"
        title: "No open orders"
        words: "Press B to buy, S to sell."
    }
    ListView {
        objectName: "ordersList"
        anchors.fill: parent
        visible: card.desk.tables.orders.count > 0
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        model: card.desk.tables.orders
        delegate: Item {
            id: line
            required property var row
            width: ListView.view.width
            height: Theme.sizeRowComfortable + Theme.space2
            RowLayout {
                anchors.fill: parent
                anchors.leftMargin: Theme.space3
                anchors.rightMargin: Theme.space3
                spacing: Theme.space2
                Column {
                    Layout.fillWidth: true
                    Txt { width: parent.width; text: line.row.symbol + "  " + line.row.what; font: Theme.number; color: card.stale ? Theme.text2 : Theme.text1; AgeSource { subject: "order/" + line.row.id + "/quantity"; value: line.row.what; name: line.row.symbol } }
                    Txt { width: parent.width; text: line.row.time + " · " + line.row.filled + " filled · " + line.row.origin; font: Theme.caption; color: Theme.text3; AgeSource { subject: "order/" + line.row.id + "/filled_qty"; value: line.row.filled; name: line.row.symbol + " filled" } }
                }
                Chip {
                    text: line.row.status
                    tone: line.row.status === "UNKNOWN" ? "warn" : "accent"
                    dashed: line.row.status === "UNKNOWN"
                    icon: dashed ? "question" : ""
                    small: true
                }
                ActionButton {
                    objectName: "cancel-" + line.row.id
                    text: "Cancel"
                    small: true
                    enabled: card.desk.shell.canWrite
                    hint: card.desk.shell.why
                    onClicked: card.desk.orders.cancel(line.row.id)
                }
            }
            Rectangle { anchors.bottom: parent.bottom; width: parent.width; height: Theme.strokeHair; color: Theme.line }
        }
    }
}
