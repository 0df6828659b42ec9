import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// The whole day on one page: worth, machine, holdings, expectations, what happened, what is open.
Item {
    id: page

    required property var desk
    // A banner takes its height from the first row alone, down to what the switch needs; the rows
    // below do not jump.
    readonly property real banner: desk.shell.bannerVisible ? Theme.sizeBanner + Theme.space3 : 0
    readonly property real rows: height + banner - 2 * Theme.space3
    readonly property real least: 292
    readonly property real first: Math.max(least, rows * 0.405 - banner)
    readonly property real second: (rows - banner - first) * 0.6
    readonly property real side: width < 1240 ? 404 : 458

    objectName: "dashboardPage"

    GridLayout {
        anchors.fill: parent
        columns: 2
        columnSpacing: Theme.space3
        rowSpacing: Theme.space3

        PortfolioCard {
            Layout.fillWidth: true
            Layout.preferredHeight: page.first
            desk: page.desk
        }
        TradingCard {
            Layout.preferredWidth: page.side
            Layout.preferredHeight: page.first
            desk: page.desk
        }
        PositionsCard {
            Layout.fillWidth: true
            Layout.preferredHeight: page.second
            desk: page.desk
        }
        PredictionsCard {
            Layout.preferredWidth: page.side
            Layout.preferredHeight: page.second
            desk: page.desk
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            spacing: Theme.space3
            CandidatesCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 11
                desk: page.desk
            }
            ActivityCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 9
                desk: page.desk
            }
        }
        OrdersCard {
            Layout.preferredWidth: page.side
            Layout.fillHeight: true
            desk: page.desk
        }
    }
}
