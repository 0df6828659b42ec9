import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// What of the limits is used, what stops by itself, and what a person can stop.
Item {
    id: page

    required property var desk
    // A banner takes its height from the first row alone; the rows below do not jump.
    readonly property real banner: desk.shell.bannerVisible ? Theme.sizeBanner + Theme.space3 : 0
    readonly property real rows: height + banner - 2 * Theme.space3
    readonly property real last: Math.max(150, Math.min(250, rows * 0.26))
    readonly property real past: Math.max(118, Math.min(190, rows * 0.2))

    objectName: "riskPage"

    RowLayout {
        anchors.fill: parent
        spacing: Theme.space3
        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            spacing: Theme.space3
            LimitsCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.minimumHeight: 120
                desk: page.desk
            }
            PastCard {
                Layout.fillWidth: true
                Layout.preferredHeight: page.past
                desk: page.desk
            }
            RowLayout {
                Layout.fillWidth: true
                Layout.fillHeight: false
                Layout.preferredHeight: page.last
                spacing: Theme.space3
                BreakersCard {
                    Layout.fillWidth: true
                    Layout.preferredWidth: 10
                    Layout.fillHeight: true
                    desk: page.desk
                }
                WaitsCard {
                    Layout.fillWidth: true
                    Layout.preferredWidth: 10
                    Layout.fillHeight: true
                    desk: page.desk
                }
            }
        }
        ColumnLayout {
            Layout.preferredWidth: page.width < 1240 ? 332 : 372
            Layout.fillWidth: false
            Layout.fillHeight: true
            spacing: Theme.space3
            EmergencyCard {
                Layout.fillWidth: true
                desk: page.desk
            }
            ReceiptCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                desk: page.desk
            }
        }
    }
}
