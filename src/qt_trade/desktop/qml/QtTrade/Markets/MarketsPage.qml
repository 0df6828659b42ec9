import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// One symbol in depth, the way to an order for it, and all the others below.
Item {
    id: page

    required property var desk

    objectName: "marketsPage"
    Keys.onPressed: event => {
        if (event.modifiers !== Qt.NoModifier && event.modifiers !== Qt.KeypadModifier && event.modifiers !== Qt.ShiftModifier && event.modifiers !== Qt.ControlModifier)
            return;
        const plain = event.modifiers !== Qt.ControlModifier;
        if (!plain && event.key === Qt.Key_Z)
            page.desk.markets.watch.undo();
        else if (plain && event.key === Qt.Key_A)
            lower.begin();
        else if (plain && event.key === Qt.Key_Delete)
            page.desk.markets.watch.remove(page.desk.market.symbol);
        else if (plain && (event.key === Qt.Key_BracketLeft || event.key === Qt.Key_BracketRight))
            chart.step(event.key === Qt.Key_BracketLeft ? -1 : 1);
        else if (plain && chart.turns(event.key))
            chart.turn(event.key);
        else
            return;
        event.accepted = true;
    }

    RowLayout {
        id: upper
        width: parent.width
        height: parent.height - lower.height - Theme.space3
        spacing: Theme.space3
        ChartCard {
            id: chart
            Layout.fillWidth: true
            Layout.fillHeight: true
            desk: page.desk
        }
        ColumnLayout {
            Layout.preferredWidth: page.width < 1240 ? 300 : 340
            Layout.fillWidth: false
            Layout.fillHeight: true
            spacing: Theme.space3
            ConsensusCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                desk: page.desk
            }
            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.space2
                ActionButton {
                    objectName: "marketsBuy"
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    iconName: "up"
                    text: "Buy " + page.desk.market.symbol
                    hint: "Opens the ticket (B)"
                    onClicked: page.desk.openTicket("BUY")
                }
                ActionButton {
                    objectName: "marketsSell"
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    iconName: "down"
                    text: "Sell " + page.desk.market.symbol
                    hint: "Opens the ticket (S)"
                    onClicked: page.desk.openTicket("SELL")
                }
            }
        }
    }
    WatchListCard {
        id: lower
        anchors.bottom: parent.bottom
        width: parent.width
        height: Math.min(parent.height * 0.42, Theme.sizeControl + 46 + (Theme.sizeRowCompact + 2) * Math.max(4, page.desk.tables.watchList.count))
        desk: page.desk
    }
}
