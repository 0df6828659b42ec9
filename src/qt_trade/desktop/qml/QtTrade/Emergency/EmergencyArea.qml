import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// Fills the content area while everything is being closed; the header and the navigation stay.
Rectangle {
    id: area

    required property var desk
    readonly property var view: desk.emergency.view
    readonly property bool beside: width >= 900
    readonly property real side: 360

    objectName: "emergencyArea"
    visible: view.open
    color: Theme.app

    Flickable {
        anchors.fill: parent
        contentHeight: cards.height + 2 * cards.y
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        GridLayout {
            id: cards
            x: Math.max(0, (area.width - width) / 2)
            y: Math.max(0, Math.min(72, (area.height - height) / 2))
            width: Math.min(area.width, area.beside ? 1032 : 660)
            columns: area.beside ? 2 : 1
            columnSpacing: Theme.space3
            rowSpacing: Theme.space3

            OpenCard {
                Layout.fillWidth: true
                Layout.alignment: Qt.AlignTop
                desk: area.desk
            }
            ColumnLayout {
                Layout.preferredWidth: area.side
                Layout.fillWidth: !area.beside
                Layout.alignment: Qt.AlignTop
                spacing: Theme.space3
                WaysOutCard {
                    Layout.fillWidth: true
                    visible: area.view.out
                    desk: area.desk
                }
                StepsCard {
                    Layout.fillWidth: true
                    visible: area.view.counted
                    desk: area.desk
                }
                ProofCard {
                    Layout.fillWidth: true
                    visible: area.view.proved && area.desk.emergency.receipt.known
                    desk: area.desk
                }
            }
        }
    }
}
