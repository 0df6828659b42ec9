pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls
import QtTrade.Shell

// What AutoTrading does and decided last, with the switch. Where room is short the counts go first,
// then the decision's reason, then the decision; an alert and the switch never do.
Card {
    id: card

    required property var desk
    readonly property var view: desk.trading
    readonly property bool stale: view.stale
    readonly property int gap: Theme.space3
    readonly property real needed: chips.implicitHeight + (remark.visible ? gap + remark.implicitHeight : 0)
        + (next.visible ? gap + next.implicitHeight : 0)
    readonly property real spare: story.height - needed
    readonly property real outcomeHeight: gap + outcome.implicitHeight
    readonly property real reasonHeight: reason.text === "" ? 0 : reason.implicitHeight + decision.spacing
    readonly property bool roomForOutcome: !stale && spare >= outcomeHeight
    readonly property bool roomForReason: !stale && spare >= outcomeHeight + reasonHeight
    readonly property bool roomForCounts: !stale && spare >= outcomeHeight + reasonHeight + gap + counts.implicitHeight

    objectName: "tradingCard"
    title: "AutoTrading"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "status//note"

    RoleDown {
        objectName: "tradingDown"
        visible: card.view.down
        anchors.verticalCenterOffset: -foot.height / 2
        role: "Engine"
        words: card.view.downWords
        onOpened: card.desk.openPageCalled("System")
    }
    Flickable {
        id: story
        objectName: "tradingStory"
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: foot.top; margins: card.gap }
        visible: !card.view.down
        contentHeight: column.height
        clip: true
        interactive: contentHeight > height
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}

        ColumnLayout {
            id: column
            width: story.width
            height: Math.max(story.height, implicitHeight)
            spacing: card.gap

            TradingState {
                id: chips
                Layout.fillWidth: true
                desk: card.desk
            }
            Note {
                id: remark
                objectName: "tradingRemark"
                Layout.fillWidth: true
                visible: card.view.remark !== ""
                tone: card.view.remarkTone
                text: card.view.remark
                action: card.view.stale ? "Stop it without this desk" : ""
                onActed: card.desk.emergency.refuse()
            }
            NextCycle {
                id: next
                Layout.fillWidth: true
                visible: !card.view.canResume
                desk: card.desk
            }
            ColumnLayout {
                id: decision
                Layout.fillWidth: true
                visible: card.roomForOutcome
                spacing: 2
                ColumnLayout {
                    id: outcome
                    Layout.fillWidth: true
                    spacing: decision.spacing
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
                }
                Txt {
                    id: reason
                    objectName: "tradingReason"
                    Layout.fillWidth: true
                    visible: text !== "" && card.roomForReason
                    text: card.view.decisionWords
                    color: Theme.text2
                    wrapMode: Text.WordWrap
                    maximumLineCount: 2
                }
            }
            Item { Layout.fillHeight: true; Layout.bottomMargin: -card.gap }
            Rectangle {
                id: counts
                objectName: "tradingCounts"
                Layout.fillWidth: true
                implicitHeight: 48
                visible: card.roomForCounts
                color: "transparent"
                border.color: Theme.line
                border.width: Theme.strokeHair
                radius: Theme.radiusControl
                RowLayout {
                    anchors.fill: parent
                    spacing: 0
                    Repeater {
                        model: [
                            { figure: card.view.candidates, subject: "candidates", name: card.view.candidates === "1" ? "candidate" : "candidates" },
                            { figure: card.view.signals, subject: "signals", name: card.view.signals === "1" ? "signal" : "signals" },
                            { figure: card.view.passedRisk, subject: "passed_risk", name: "passed risk" },
                            { figure: card.view.orders, subject: "orders", name: card.view.orders === "1" ? "order" : "orders" }
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
                                    AgeSource { subject: "status//" + parent.parent.parent.modelData.subject; value: parent.text; name: parent.parent.parent.modelData.name }
                                }
                                Txt { text: parent.parent.modelData.name; font: Theme.caption; color: Theme.text3 }
                            }
                        }
                    }
                }
            }
        }
    }
    RowLayout {
        id: foot
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: card.gap }
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
            text: "See cycle" + (card.view.known && card.view.candidates !== "—" ? "" : "s")
            onClicked: card.desk.openPage(2)
        }
    }
}
