pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Items
import QtTrade.Theme
import QtTrade.Controls

// What the trainer does, or how its last training ended.
Card {
    id: card

    required property var desk
    readonly property var view: desk.intelligence.training
    readonly property bool tight: height < 330

    objectName: "trainingCard"
    title: "Training"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "training//progress"
    tools: [
        Chip {
            objectName: "trainingState"
            anchors.verticalCenter: parent ? parent.verticalCenter : undefined
            visible: text !== "" && !card.view.active && card.width > 330
            text: card.view.state
            icon: card.view.stateIcon
            tone: card.view.stale ? "faint" : card.view.stateTone
            small: true
        },
        ActionButton {
            objectName: card.view.active ? "trainingCancel" : "trainingStart"
            anchors.verticalCenter: parent ? parent.verticalCenter : undefined
            small: true
            text: card.view.active ? "Cancel" : "Train now"
            Accessible.name: card.view.active ? "Cancel training" : "Train now"
            enabled: card.view.canAsk
            hint: card.view.objection
            onClicked: card.view.active ? card.desk.intelligence.askCancel() : card.desk.intelligence.train()
        }
    ]

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "The trainer has said nothing yet" }
    EmptyState {
        objectName: "trainingEmpty"
        visible: card.view.known && !card.view.ever
        icon: "intelligence"
        title: "Nothing was trained yet"
        words: card.view.result !== "" ? card.view.result : "Train now makes one model for each horizon from the stored bars."
    }
    ChartInk { id: ink }
    ColumnLayout {
        anchors { fill: parent; leftMargin: Theme.space3; rightMargin: Theme.space3; topMargin: card.tight ? Theme.space2 : Theme.space3; bottomMargin: Theme.space2 }
        visible: card.view.known && card.view.ever
        spacing: card.tight ? Theme.space1 : Theme.space2
        RowLayout {
            Layout.fillWidth: true
            visible: card.view.active
            spacing: Theme.space2
            Txt {
                objectName: "trainingStage"
                Layout.fillWidth: true
                text: card.view.title
                font: Theme.title
                color: card.view.stale ? Theme.text2 : Theme.text1
            }
            Txt {
                objectName: "trainingLeft"
                text: card.view.left !== "" ? card.view.progressWords + ", " + card.view.left : card.view.progressWords
                font: Theme.label
                color: Theme.text2
            }
        }
        Meter {
            objectName: "trainingProgress"
            Layout.fillWidth: true
            visible: card.view.active
            implicitHeight: 5
            value: card.view.progress
            fill: card.view.stale ? Theme.text3 : Theme.accent
        }
        Txt {
            objectName: "trainingTold"
            Layout.fillWidth: true
            visible: text !== ""
            text: card.view.told
            font: Theme.label
            color: card.view.stale ? Theme.text3 : Tones.ink(card.view.toldTone)
            wrapMode: Text.Wrap
            maximumLineCount: card.tight ? 1 : 3
            HoverHandler { id: over }
            Tip { visible: over.hovered && parent.truncated; text: card.view.told }
        }
        Txt {
            objectName: "trainingResult"
            Layout.fillWidth: true
            visible: text !== ""
            text: card.view.result
            font: Theme.label
            color: Tones.ink(card.view.resultTone)
            wrapMode: Text.Wrap
            maximumLineCount: card.tight ? 1 : 2
        }
        Item {
            id: place
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            LossChart {
                id: chart
                objectName: "lossChart"
                anchors.fill: parent
                visible: card.view.rounds.length > 1
                rounds: card.view.rounds
                training: card.view.training
                validation: card.view.validation
                reference: card.view.reference
                stale: card.view.stale
                colors: ink
                Accessible.role: Accessible.Chart
                Accessible.name: "Loss by rounds of training, " + card.view.loss
            }
            Txt {
                objectName: "lossEmpty"
                anchors.centerIn: parent
                visible: !chart.visible
                text: card.view.active ? "No round has ended yet" : "No curve was kept"
                font: Theme.label
                color: Theme.text3
            }
            Rectangle {
                visible: chart.visible && chart.crosshair.visible === true
                x: Math.round(chart.crosshair.x ?? 0)
                width: Theme.strokeHair
                height: Math.max(0, chart.height - Theme.space5)
                color: Theme.text3
                opacity: 0.7
            }
            Rectangle {
                visible: chart.visible && chart.crosshair.visible === true
                x: Math.max(0, Math.min(chart.width - width, (chart.crosshair.x ?? 0) + Theme.space2))
                width: read.implicitWidth + 2 * Theme.space2
                height: Theme.captionLine + 2
                radius: Theme.radiusChip
                color: Theme.lineStrong
                Txt { id: read; anchors.centerIn: parent; text: chart.crosshair.words ?? ""; font: Theme.label }
            }
        }
        RowLayout {
            Layout.fillWidth: true
            visible: chart.visible
            spacing: Theme.space3
            Repeater {
                model: [{ name: "training", ink: Theme.series2 }, { name: "validation", ink: Theme.series1 }]
                delegate: Row {
                    id: entry
                    required property var modelData
                    spacing: Theme.space2 - 2
                    Rectangle { anchors.verticalCenter: parent.verticalCenter; width: 14; height: 2; color: card.view.stale ? Theme.text3 : entry.modelData.ink }
                    Txt { text: entry.modelData.name; font: Theme.caption; color: Theme.text2 }
                }
            }
            Txt {
                objectName: "lossName"
                Layout.fillWidth: true
                horizontalAlignment: Text.AlignRight
                text: card.view.loss
                font: Theme.caption
                color: Theme.text3
            }
        }
        Repeater {
            model: card.view.facts
            delegate: RowLayout {
                id: fact
                required property var modelData
                required property int index
                Layout.fillWidth: true
                Layout.preferredHeight: card.tight ? 15 : 18
                spacing: Theme.space3
                Txt { text: fact.modelData.caption; font: Theme.label; color: Theme.text2 }
                Txt {
                    objectName: "trainingFact" + fact.index
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignRight
                    text: fact.modelData.value
                    font: Theme.label
                    color: card.view.stale ? Theme.text3 : Theme.text1
                    HoverHandler { id: above }
                    Tip { visible: above.hovered && parent.truncated; text: fact.modelData.value }
                }
            }
        }
    }
}
