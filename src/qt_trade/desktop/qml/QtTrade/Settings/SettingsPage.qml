import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// The connection: where it leads, and whether the way there is whole, step by step.
Item {
    id: page

    required property var desk

    objectName: "settingsPage"

    RowLayout {
        anchors.fill: parent
        spacing: Theme.space3
        ConnectionCard {
            Layout.fillWidth: true
            Layout.preferredWidth: 1
            Layout.maximumWidth: 640
            Layout.alignment: Qt.AlignTop
            desk: page.desk
        }
        TrialCard {
            Layout.fillWidth: true
            Layout.preferredWidth: 1.2
            Layout.maximumWidth: 820
            Layout.alignment: Qt.AlignTop
            desk: page.desk
        }
    }
}
