import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// The machine: its switch, its settings, its last decisions with their reasons.
Item {
    id: page

    required property var desk

    objectName: "autoTradingPage"

    RowLayout {
        anchors.fill: parent
        spacing: Theme.space3
        ColumnLayout {
            Layout.preferredWidth: 340
            Layout.fillWidth: false
            Layout.fillHeight: true
            spacing: Theme.space3
            ControlCard {
                Layout.fillWidth: true
                desk: page.desk
            }
            ConfigCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                desk: page.desk
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            spacing: Theme.space3
            CycleCard {
                Layout.fillWidth: true
                Layout.fillHeight: true
                desk: page.desk
            }
            CyclesCard {
                Layout.fillWidth: true
                Layout.preferredHeight: 136
                desk: page.desk
            }
        }
    }
}
