pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls
import QtTrade.Shell

// What AutoTrading does and decided last, with the switch.
Card {
    id: card

    required property var desk
    readonly property var view: desk.trading
    readonly property bool stale: desk.shell.stale

    objectName: "tradingCard"
    title: "AutoTrading"
    note: view.note
    noteTone: view.noteTone

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space3
        spacing: Theme.space3

        TradingState {
            Layout.fillWidth: true
            desk: card.desk
        }
        Note {
            Layout.fillWidth: true
            visible: card.view.remark !== ""
            tone: card.view.remarkTone
            text: card.view.remark
        }
        NextCycle {
            Layout.fillWidth: true
            desk: card.desk
        }
        ColumnLayout {
            Layout.fillWidth: true
            visible: !card.stale
            spacing: 2
            RowLayout {
                Layout.fillWidth: true
                Txt { Layout.fillWidth: true; text: "Last decision"; font: Theme.caption; color: Theme.text3 }
                Txt { text: card.view.decisionTime; font: Theme.label; color: Theme.text3 }
            }
            Txt {
                objectName: "tradingDecision"
                Layout.fillWidth: true
                text: card.view.decision
                font: Theme.title
            }
            Txt {
                Layout.fillWidth: true
                visible: text !== ""
                text: card.view.decisionWords
                color: Theme.text2
                wrapMode: Text.WordWrap
                maximumLineCount: 2
            }
        }
        Item { Layout.fillHeight: true }
        Rectangle {
            Layout.fillWidth: true
            Layout.preferredHeight: 48
            color: "transparent"
            border.color: Theme.line
            border.width: Theme.strokeHair
            radius: Theme.radiusControl
            RowLayout {
                anchors.fill: parent
                spacing: 0
                Repeater {
                    model: [
                        { figure: card.view.candidates, name: "candidates" },
                        { figure: card.view.signals, name: "signals" },
                        { figure: card.view.passedRisk, name: "passed risk" },
                        { figure: card.view.orders, name: "orders" }
                    ]
                    delegate: Item {
                        required property var modelData
                        required property int index
                        Layout.fillWidth: true
                        Layout.preferredWidth: 1
                        Layout.fillHeight: true
                        Rectangle {
                            visible: parent.index > 0
                            width: Theme.strokeHair
                            height: parent.height
                            color: Theme.line
                        }
                        Column {
                            x: Theme.space3
                            anchors.verticalCenter: parent.verticalCenter
                            Txt {
                                text: parent.parent.modelData.figure
                                font: Theme.title
                                color: card.stale ? Theme.text3 : Theme.text1
                            }
                            Txt { text: parent.parent.modelData.name; font: Theme.caption; color: Theme.text3 }
                        }
                    }
                }
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            TradingSwitch {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                objectName: "dashboardSwitch"
                desk: card.desk
            }
            ActionButton {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                objectName: "seeCycle"
                text: "See " + card.view.cycleTitle.toLowerCase()
                onClicked: card.desk.openPage(2)
            }
        }
    }
}
