import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// The whole day on one page: worth, machine, holdings, expectations, what happened, what is open.
Item {
    id: page

    required property var desk

    objectName: "dashboardPage"

    GridLayout {
        anchors.fill: parent
        columns: 2
        columnSpacing: Theme.space3
        rowSpacing: Theme.space3

        PortfolioCard {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 352
            Layout.minimumHeight: 338
            desk: page.desk
        }
        TradingCard {
            Layout.preferredWidth: page.width < 1240 ? 404 : 458
            Layout.fillHeight: true
            Layout.preferredHeight: 352
            Layout.minimumHeight: 338
            desk: page.desk
        }
        PositionsCard {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 310
            desk: page.desk
        }
        PredictionsCard {
            Layout.preferredWidth: page.width < 1240 ? 404 : 458
            Layout.fillHeight: true
            Layout.preferredHeight: 310
            desk: page.desk
        }
        ActivityCard {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 208
            desk: page.desk
        }
        OrdersCard {
            Layout.preferredWidth: page.width < 1240 ? 404 : 458
            Layout.fillHeight: true
            Layout.preferredHeight: 208
            desk: page.desk
        }
    }
}
