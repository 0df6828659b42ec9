pragma ComponentBehavior: Bound
import QtQuick
import QtTrade.Items
import QtTrade.Theme
import QtTrade.Controls

// How often a model was right where it said so and so, with the count behind each point.
Card {
    id: card

    required property var desk
    readonly property var view: desk.intelligence.calibration
    readonly property bool drawn: view.points.length > 0

    objectName: "calibrationCard"
    title: "Calibration"
    count: width > 420 ? view.name : ""
    note: view.cases
    noteSubject: "score//cases"
    tools: Segmented {
        objectName: "calibrationHorizon"
        name: "Horizon of the calibration"
        options: ["15", "30", "60 min"]
        index: card.view.horizon
        off: card.view.off
        hint: card.view.off.length > 0 ? "Nothing is scored at the others yet" : ""
        onPicked: index => card.desk.intelligence.chooseHorizon(index)
    }

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "The worker has published no scores yet" }
    EmptyState {
        objectName: "calibrationEmpty"
        visible: card.view.known && !card.drawn
        icon: "chart"
        title: card.view.empty
        words: card.view.emptyWords
    }
    ChartInk { id: ink }
    CalibrationChart {
        id: chart
        objectName: "calibrationChart"
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: meaning.top; leftMargin: 1; rightMargin: 1; bottomMargin: Theme.space1 }
        visible: card.view.known && card.drawn
        points: card.view.points
        stale: card.view.stale
        colors: ink
        Accessible.role: Accessible.Chart
        Accessible.name: "Calibration of " + card.view.name + ". " + card.view.means
    }
    Rectangle {
        visible: chart.crosshair.visible === true && chart.visible
        x: Math.max(Theme.space1, Math.min(chart.width - width - Theme.space1, chart.x + (chart.crosshair.x ?? 0) - width / 2))
        y: Math.max(0, chart.y + (chart.crosshair.y ?? 0) - height - Theme.space3)
        width: read.implicitWidth + 2 * Theme.space2
        height: Theme.captionLine + 2
        radius: Theme.radiusChip
        color: Theme.lineStrong
        Txt { id: read; anchors.centerIn: parent; text: chart.crosshair.words ?? ""; font: Theme.label }
    }
    Note {
        id: meaning
        objectName: "calibrationMeaning"
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.space3 }
        visible: chart.visible
        height: visible ? implicitHeight : 0
        tone: card.view.stale || card.view.tone === "faint" ? "faint" : "warn"
        text: card.view.means
    }
}
