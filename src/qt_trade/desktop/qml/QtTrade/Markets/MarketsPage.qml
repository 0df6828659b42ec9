import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// One symbol in depth, an order for it, and all the others below.
Item {
    id: page

    required property var desk

    objectName: "marketsPage"
    Connections {
        target: page.desk
        function onTicketWanted(side: string): void { ticket.begin(side); }
    }

    RowLayout {
        id: upper
        width: parent.width
        height: parent.height - lower.height - Theme.space3
        spacing: Theme.space3
        ChartCard {
            Layout.fillWidth: true
            Layout.fillHeight: true
            desk: page.desk
        }
        ColumnLayout {
            Layout.preferredWidth: page.width < 1240 ? 300 : 340
            Layout.fillWidth: false
            Layout.fillHeight: true
            spacing: Theme.space3
            QuoteCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                desk: page.desk
            }
            TicketCard {
                id: ticket
                Layout.fillWidth: true
                desk: page.desk
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
