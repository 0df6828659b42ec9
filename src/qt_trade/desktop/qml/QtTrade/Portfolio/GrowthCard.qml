pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Items
import QtTrade.Theme
import QtTrade.Controls

// The account's growth by day against a benchmark, with the drawdown below.
Card {
    id: card

    required property var desk
    readonly property var view: desk.portfolio.view

    objectName: "growthCard"
    title: view.benchmarkName !== "" ? "Equity against " + view.benchmarkName : "Equity"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "performance//daily"
    tools: [
        Row {
            anchors.verticalCenter: parent ? parent.verticalCenter : undefined
            visible: card.view.accountGrowth !== "" && card.width > 620
            spacing: Theme.space3
            Repeater {
                model: [
                    { name: "Account", change: card.view.accountGrowth, ink: Theme.series1 },
                    { name: card.view.benchmarkName, change: card.view.benchmarkGrowth, ink: Theme.series2 }
                ]
                delegate: Row {
                    id: entry
                    required property var modelData
                    visible: modelData.change !== ""
                    spacing: Theme.space2
                    Rectangle { anchors.verticalCenter: parent.verticalCenter; width: 14; height: 2; color: card.view.stale ? Theme.text3 : entry.modelData.ink }
                    Txt {
                        objectName: "growth" + entry.modelData.name
                        text: entry.modelData.name + " " + entry.modelData.change
                        font: Theme.caption
                        color: Theme.text2
                    }
                }
            }
        },
        Segmented {
            objectName: "growthRange"
            name: "Range of the chart"
            options: ["1M", "3M", "1Y", "All"]
            index: card.view.rangeIndex
            onPicked: index => card.desk.portfolio.chooseRange(index)
        }
    ]

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "The engine has published no results yet" }
    ChartInk { id: ink }
    GrowthChart {
        id: chart
        objectName: "growthChart"
        anchors { fill: parent; leftMargin: Theme.strokeHair; rightMargin: Theme.strokeHair }
        visible: card.view.known
        series: card.desk.portfolio.growth
        days: card.view.rangeDays
        stale: card.view.stale
        emptyText: card.view.chartEmpty
        colors: ink
        Accessible.role: Accessible.Chart
        Accessible.name: "Account " + card.view.accountGrowth + ", " + card.view.benchmarkName + " " + card.view.benchmarkGrowth
    }
    Rectangle {
        visible: chart.crosshair.visible === true
        x: chart.x + Math.round(chart.crosshair.x ?? 0)
        y: chart.y
        width: Theme.strokeHair
        height: chart.height
        color: Theme.text3
        opacity: 0.7
    }
    Rectangle {
        visible: chart.crosshair.visible === true
        x: Math.max(0, Math.min(chart.width - width - Theme.space6, chart.x + (chart.crosshair.x ?? 0) + Theme.space2))
        y: Theme.space1
        width: read.implicitWidth + 2 * Theme.space2
        height: Theme.captionLine + 2
        radius: Theme.radiusChip
        color: Theme.lineStrong
        Txt {
            id: read
            anchors.centerIn: parent
            text: (chart.crosshair.day ?? "") + "   " + (chart.crosshair.account ?? "")
                + (card.view.benchmarkGrowth !== "" ? "   " + card.view.benchmarkName + " " + (chart.crosshair.benchmark ?? "") : "")
                + "   drawdown " + (chart.crosshair.drawdown ?? "")
            font: Theme.label
        }
    }
}
