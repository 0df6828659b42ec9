import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The machine: its switch, its settings, its last decisions with their reasons.
Item {
    id: page

    required property var desk

    objectName: "autoTradingPage"
    Keys.onPressed: event => {
        if (event.modifiers === Qt.NoModifier && event.key === Qt.Key_P) {
            page.askPause();
            event.accepted = true;
        }
    }

    function askPause(): void {
        const view = desk.trading;
        if (view.canPause && !view.pausedByPolicy && desk.shell.canWrite)
            pause.open();
    }
    Ask {
        id: pause
        name: "pauseAsk"
        title: "Pause AutoTrading after this cycle?"
        words: "From the next cycle on it opens nothing. Its exits go on, open orders stay as they are."
        verb: "Pause"
        onConfirmed: page.desk.pauseTrading()
    }

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
                onAsked: page.askPause()
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
