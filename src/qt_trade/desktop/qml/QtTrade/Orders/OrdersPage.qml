import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// An order by hand with all that speaks against it, the orders under way, and what became of others.
Item {
    id: page

    required property var desk

    objectName: "ordersPage"
    focus: true
    onVisibleChanged: desk.ticket.lookAt(visible)
    Component.onCompleted: desk.ticket.lookAt(visible)
    Keys.onPressed: event => {
        if (event.modifiers === Qt.NoModifier && event.key === Qt.Key_C) {
            page.desk.orders.askCancel();
            event.accepted = true;
        } else if (event.modifiers === Qt.NoModifier && event.key === Qt.Key_Slash) {
            log.search();
            event.accepted = true;
        } else if (event.modifiers === Qt.ControlModifier && event.key === Qt.Key_E) {
            log.exportLog();
            event.accepted = true;
        } else if (event.modifiers & Qt.ControlModifier && (event.key === Qt.Key_Return || event.key === Qt.Key_Enter)) {
            page.desk.ticket.send();
            event.accepted = true;
        }
    }

    Connections {
        target: page.desk.ticket
        function onBegun(): void { ticket.begin(); }
        function onConfirmWanted(): void { live.open(); }
    }
    Connections {
        target: page.desk.orders
        function onCancelWanted(): void { cancel.open(); }
        function onCancelAllWanted(): void { cancelAll.open(); }
    }
    RowLayout {
        anchors.fill: parent
        spacing: Theme.space3
        TicketCard {
            id: ticket
            Layout.preferredWidth: page.width < 1300 ? 320 : 368
            Layout.fillWidth: false
            Layout.fillHeight: true
            desk: page.desk
        }
        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            spacing: Theme.space3
            ActiveOrdersCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredHeight: 1
                Layout.maximumHeight: wantedHeight
                desk: page.desk
            }
            TradeLogCard {
                id: log
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredHeight: 1
                desk: page.desk
            }
        }
    }
    LiveAsk {
        id: live
        desk: page.desk
    }
    Ask {
        id: cancel
        name: "cancelAsk"
        title: page.desk.orders.view.cancelTitle
        words: page.desk.orders.view.cancelWords
        verb: "Cancel order"
        onConfirmed: page.desk.orders.cancelSelected()
    }
    Ask {
        id: cancelAll
        name: "cancelAllAsk"
        title: page.desk.orders.view.cancelAll + "?"
        words: page.desk.orders.view.cancelAllWords
        verb: page.desk.orders.view.cancelAll
        onConfirmed: page.desk.orders.cancelAll()
    }
}
