pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Every order that may still be filled: where it stands, who wanted it, and what may be asked of it.
Card {
    id: card

    required property var desk
    readonly property var view: desk.orders.view
    readonly property var rows: desk.orders.rows
    readonly property bool none: rows.count === 0
    readonly property real wantedHeight: Math.max(180, list.contentHeight + 72 + (view.hasLife ? life.implicitHeight + Theme.space3 + Theme.space2 : 0))
    // Narrow windows let go of what the way of an order says, too.
    readonly property var columns: ({
        gap: Theme.space2, narrow: width < 900,
        sent: width < 760 ? 0 : 60, symbol: 54, side: 46, quantity: 42, type: 62, price: 64, filled: 66,
        inForce: width < 900 ? 0 : 38, by: width < 900 ? 0 : 62, age: width < 760 ? 0 : 54, ways: 106
    })

    objectName: "activeOrdersCard"
    title: "Active orders"
    count: view.count
    note: view.note
    noteTone: view.noteTone
    noteSubject: "order//note"
    tools: ActionButton {
        objectName: "cancelAll"
        visible: !card.none
        height: Theme.sizeControlSmall
        small: true
        text: card.view.cancelAll
        enabled: card.view.canCancelAll
        hint: card.view.hint
        onClicked: card.desk.orders.askCancelAll()
    }

    Connections {
        target: card.view
        // The fields of a change are gone: the keyboard is not the list's for having been theirs.
        function onEditingChanged(): void {
            if (card.view.editing === "" && list.activeFocus)
                card.forceActiveFocus(Qt.OtherFocusReason);
        }
    }
    WaitingBars { visible: !card.view.known; words: card.desk.shell.waiting }
    EmptyState {
        visible: card.view.known && card.none && !card.view.down
        icon: "list"
        title: "No open orders"
        words: "Press B to buy, S to sell."
    }
    RoleDown {
        objectName: "ordersDown"
        visible: card.none && card.view.down
        role: "Engine"
        words: card.view.downWords
        onOpened: card.desk.openPageCalled("System")
    }
    component Head: Txt {
        Layout.fillWidth: false
        Layout.minimumWidth: Layout.preferredWidth
        font: Theme.caption
        color: Theme.text3
    }
    RowLayout {
        id: head
        visible: !card.none
        x: Theme.space3
        width: parent.width - 2 * Theme.space3
        height: Theme.sizeRowNormal
        spacing: card.columns.gap
        Head { Layout.preferredWidth: card.columns.sent; visible: card.columns.sent > 0; text: "Sent" }
        Head { Layout.preferredWidth: card.columns.symbol; text: "Symbol" }
        Head { Layout.preferredWidth: card.columns.side; text: "Side" }
        Head { Layout.preferredWidth: card.columns.quantity; horizontalAlignment: Text.AlignRight; text: "Qty" }
        Head { Layout.preferredWidth: card.columns.type; Layout.leftMargin: Theme.space1; text: "Type" }
        Head { Layout.preferredWidth: card.columns.price; horizontalAlignment: Text.AlignRight; text: "Price" }
        Head { Layout.preferredWidth: card.columns.filled; horizontalAlignment: Text.AlignRight; text: "Filled" }
        Head { Layout.preferredWidth: card.columns.inForce; visible: card.columns.inForce > 0; Layout.leftMargin: Theme.space1; text: "TIF" }
        Head { Layout.fillWidth: true; text: "Life cycle" }
        Head { Layout.preferredWidth: card.columns.by; visible: card.columns.by > 0; text: "By" }
        Head { Layout.preferredWidth: card.columns.age; visible: card.columns.age > 0; horizontalAlignment: Text.AlignRight; text: "Age" }
        Item { Layout.preferredWidth: card.columns.ways; Layout.preferredHeight: 1 }
    }
    Rectangle { id: rule; anchors.top: head.bottom; visible: !card.none; width: parent.width; height: Theme.strokeHair; color: Theme.line }
    ListView {
        id: list
        objectName: "activeOrders"
        anchors { left: parent.left; right: parent.right; top: rule.bottom; bottom: life.visible ? life.top : parent.bottom; bottomMargin: life.visible ? Theme.space2 : 0 }
        visible: !card.none
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: true
        Accessible.role: Accessible.List
        Accessible.name: "Active orders"
        T.ScrollBar.vertical: ThinScrollBar {}
        Keys.onUpPressed: card.desk.orders.move(-1)
        Keys.onDownPressed: card.desk.orders.move(1)
        model: card.rows
        delegate: OrderRow {
            width: ListView.view.width
            desk: card.desk
            columns: card.columns
        }
        Rectangle {
            anchors.fill: parent
            visible: list.activeFocus && card.view.editing === ""
            color: "transparent"
            border.color: Theme.focus
            border.width: Theme.strokeHair
        }
    }
    LifeLine {
        id: life
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.space3 }
        visible: card.view.hasLife && !card.none
        desk: card.desk
    }
}
