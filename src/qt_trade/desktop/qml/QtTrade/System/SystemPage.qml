import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// The machine behind the figures: does it work, where does it hang, who is at it, what did it say.
Item {
    id: page

    required property var desk
    // A banner takes its height from the first row alone; the rows below do not jump.
    readonly property real banner: desk.shell.bannerVisible ? Theme.sizeBanner + Theme.space3 : 0
    readonly property real rows: height + banner - 2 * Theme.space3
    readonly property int rowHeight: rows > 860 ? Theme.sizeRowNormal : Theme.sizeRowCompact
    readonly property real side: width < 1240 ? Math.max(400, width * 0.37) : 530

    objectName: "systemPage"

    RowLayout {
        anchors.fill: parent
        spacing: Theme.space3
        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            spacing: Theme.space3
            RolesCard {
                id: roles
                Layout.fillWidth: true
                Layout.preferredHeight: Math.min(implicitHeight, page.rows * 0.4) - page.banner
                rowHeight: page.rowHeight
                desk: page.desk
            }
            ConnectionsCard {
                Layout.fillWidth: true
                // What the roles leave, down to a few refused messages.
                Layout.preferredHeight: Math.min(implicitHeight, page.rows - Math.min(roles.implicitHeight, page.rows * 0.4) - 160)
                rowHeight: page.rowHeight
                desk: page.desk
            }
            RejectedCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.minimumHeight: 130
                desk: page.desk
            }
        }
        ColumnLayout {
            Layout.preferredWidth: page.side
            Layout.fillWidth: false
            Layout.fillHeight: true
            spacing: Theme.space3
            CanaryCard {
                Layout.fillWidth: true
                Layout.preferredHeight: Math.min(implicitHeight, page.rows * 0.45) - page.banner
                rowHeight: page.rowHeight
                desk: page.desk
            }
            SessionsCard {
                Layout.fillWidth: true
                rowHeight: page.rowHeight
                Layout.preferredHeight: 4 * page.rowHeight + 76
                desk: page.desk
            }
            LogCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                desk: page.desk
            }
        }
    }
}
