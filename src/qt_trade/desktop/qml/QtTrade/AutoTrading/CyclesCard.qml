pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// All cycles the engine remembers as bars: candidates behind, signals before them, orders in front.
Card {
    id: card

    required property var desk
    readonly property var view: desk.trading
    readonly property bool stale: view.stale

    objectName: "cyclesCard"
    title: "Cycles"
    count: view.cyclesCount
    note: stale ? view.note : view.cyclesRun
    noteTone: stale ? "warn" : "faint"
    noteSubject: "status//cycles_run"
    tools: Row {
        visible: card.view.cycles.length > 0
        spacing: Theme.space2
        Repeater {
            model: [
                { name: "candidates", color: Theme.lineStrong },
                { name: "signals", color: Theme.text2 },
                { name: "orders", color: Theme.accent }
            ]
            delegate: Row {
                required property var modelData
                anchors.verticalCenter: parent ? parent.verticalCenter : undefined
                spacing: Theme.space1 + 2
                Rectangle { anchors.verticalCenter: parent.verticalCenter; width: 9; height: 9; radius: 2; color: parent.modelData.color }
                Txt { text: parent.modelData.name; font: Theme.caption; color: Theme.text3 }
            }
        }
    }

    EmptyState {
        visible: card.view.cycles.length === 0
        icon: "chart"
        title: "No cycles yet"
    }
    Row {
        id: strip
        readonly property int slots: Math.max(40, card.view.cycles.length)
        readonly property real step: width / slots
        x: Theme.space3
        y: Theme.space3
        width: parent.width - 2 * Theme.space3
        height: parent.height - Theme.space3 - 26
        Repeater {
            model: card.view.cycles
            delegate: Item {
                id: bar
                required property var modelData
                required property int index
                readonly property real unit: strip.height / card.view.cyclesMost
                readonly property real thick: Math.max(2, Math.min(16, strip.step - 4))
                width: strip.step
                height: strip.height
                Rectangle { anchors.bottom: parent.bottom; width: bar.thick; height: bar.unit * bar.modelData.candidates; radius: 2; color: Theme.lineStrong }
                Rectangle { anchors.bottom: parent.bottom; width: bar.thick; height: bar.unit * bar.modelData.signals; radius: 2; color: Theme.text2 }
                Rectangle { anchors.bottom: parent.bottom; width: bar.thick; height: bar.unit * bar.modelData.orders; radius: 2; color: card.stale ? Theme.text3 : Theme.accent }
                Txt {
                    visible: bar.index % Math.max(1, Math.ceil(64 / strip.step)) === 0
                    y: strip.height + Theme.space1
                    elide: Text.ElideNone
                    text: bar.modelData.time
                    font: Theme.caption
                    color: Theme.text3
                }
                Rectangle {
                    anchors { fill: parent; leftMargin: -3; rightMargin: parent.width - bar.thick - 3; topMargin: -3; bottomMargin: -3 }
                    visible: String(bar.modelData.number) === card.desk.cycles.view.number
                    color: "transparent"
                    border.color: Theme.accent
                    border.width: Theme.strokeHair
                    radius: Theme.radiusChip
                }
                TapHandler { onTapped: card.desk.cycles.choose(String(bar.modelData.number)) }
                HoverHandler { id: hover }
                Tip {
                    visible: hover.hovered
                    text: "Cycle " + bar.modelData.number + ", " + bar.modelData.time + ": " + bar.modelData.candidates
                        + " → " + bar.modelData.signals + " → " + bar.modelData.passed + " → " + bar.modelData.orders
                }
            }
        }
    }
}
