import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// What the account has become, what it holds, and whether the broker's books say the same.
Item {
    id: page

    required property var desk
    // A banner takes its height from the first row alone; the rows below do not jump.
    readonly property real banner: desk.shell.bannerVisible ? Theme.sizeBanner + Theme.space3 : 0
    readonly property real rows: height + banner - 2 * Theme.space3
    readonly property real last: Math.max(196, Math.min(250, rows * 0.26))
    readonly property real first: Math.max(216, Math.min(314, rows * 0.35)) - banner

    objectName: "portfolioPage"

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.space3
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: page.first
            Layout.fillHeight: false
            spacing: Theme.space3
            GrowthCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                desk: page.desk
            }
            ResultsCard {
                Layout.preferredWidth: page.width < 1240 ? 372 : 458
                Layout.fillHeight: true
                desk: page.desk
            }
        }
        HoldingsCard {
            Layout.fillWidth: true
            Layout.fillHeight: true
            desk: page.desk
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: page.last
            Layout.fillHeight: false
            spacing: Theme.space3
            SectorsCard {
                Layout.fillWidth: true
                Layout.preferredWidth: 10
                Layout.fillHeight: true
                desk: page.desk
            }
            SymbolsCard {
                Layout.fillWidth: true
                Layout.preferredWidth: 11
                Layout.fillHeight: true
                desk: page.desk
            }
            LotsCard {
                Layout.fillWidth: true
                Layout.preferredWidth: 8
                Layout.fillHeight: true
                desk: page.desk
            }
        }
    }
}
