import QtQuick
import QtQuick.Layouts
import QtTrade.Items
import QtTrade.Theme
import QtTrade.Controls

// The selected symbol: name, last, interval, candles, and what is under the pointer.
Rectangle {
    id: card

    required property var desk
    readonly property var view: desk.market
    // Two lines over the chart: the bar under the pointer, and the prediction.
    readonly property real legend: Theme.sizeRowNormal + Theme.captionLine

    // What the keys [ and ] do.
    function step(by: int): void {
        const index = view.intervalIndex + by;
        if (index >= 0 && index < view.intervals.length)
            desk.selectInterval(index);
    }
    // The chart's own keys, wherever on the page the keyboard is.
    function turns(key: int): bool { return chart.takesKey(key); }
    function turn(key: int): void { chart.takeKey(key); }

    objectName: "chartCard"
    color: Theme.panel
    radius: Theme.radiusCard
    border.color: Theme.line
    border.width: Theme.strokeHair
    Accessible.role: Accessible.Grouping
    Accessible.name: "Chart " + view.symbol

    RowLayout {
        id: head
        x: Theme.space3
        width: parent.width - 2 * Theme.space3
        height: 46
        spacing: Theme.space3
        Txt {
            objectName: "chartSymbol"
            text: card.view.symbol === "" ? "No symbol" : card.view.symbol
            font: Theme.page
        }
        Chip {
            objectName: "chartHalted"
            visible: card.desk.markets.consensus.halted
            text: "HALTED"
            icon: "pause"
            tone: "warn"
            HoverHandler { id: halt }
            Tip {
                visible: halt.hovered && text !== ""
                text: card.desk.markets.consensus.haltWords
            }
        }
        Txt {
            objectName: "chartLast"
            text: card.view.last
            font: Theme.figure
            color: card.view.stale ? Theme.text3 : Theme.text1
            AgeSource { objectName: "chartLastAge"; subject: "quote/" + card.view.symbol + "/price"; value: card.view.last; name: "Last price" }
        }
        Delta {
            Layout.alignment: Qt.AlignVCenter
            visible: card.view.change !== ""
            text: card.view.change
            tone: card.view.changeTone
            stale: card.view.stale
            subject: "quote/" + card.view.symbol + "/change"
            name: "Change"
        }
        Txt {
            objectName: "chartNote"
            Layout.fillWidth: true
            readonly property bool halted: card.desk.markets.consensus.halted
            text: halted ? card.desk.markets.consensus.haltWords : card.view.evidence === "" ? card.view.note : card.view.evidence + " · " + card.view.note
            font: Theme.caption
            color: Tones.ink(halted || card.desk.markets.consensus.chipTone === "warn" ? "warn" : card.view.noteTone)
        }
        ActionButton {
            objectName: "chartHome"
            visible: !chart.following
            small: true
            text: "Now"
            onClicked: chart.home()
        }
        Segmented {
            objectName: "interval"
            name: "Interval"
            hint: card.view.historyWords
            options: card.view.intervals
            index: card.view.intervalIndex
            onPicked: index => card.desk.selectInterval(index)
        }
    }
    Rectangle {
        id: rule
        y: head.height
        width: parent.width
        height: Theme.strokeHair
        color: Theme.line
    }
    ChartInk { id: ink }
    CandleChart {
        id: chart
        objectName: "candleChart"
        anchors { left: parent.left; right: parent.right; top: rule.bottom; bottom: parent.bottom; margins: Theme.strokeHair }
        series: card.desk.charts.bars
        interval: card.view.intervals[card.view.intervalIndex]
        stale: card.view.stale || card.desk.shell.stale
        halted: card.desk.markets.consensus.halted
        insetTop: card.legend
        emptyText: ""
        colors: ink
        Accessible.role: Accessible.Chart
        Accessible.name: "Candles of " + card.view.symbol
        Accessible.description: (card.view.outlookBand === "" ? "" : "Prediction, " + card.view.outlookBand + ": ") + card.view.outlookWords
    }
    EmptyState {
        objectName: "chartEmpty"
        anchors.centerIn: chart
        visible: !card.view.barsKnown
        icon: "markets"
        title: card.view.symbol === "" ? card.desk.shell.waiting : "No bars of " + card.view.symbol + " yet"
        words: card.view.missing
    }
    AgeSource {
        objectName: "candleChartAge"
        anchors.fill: undefined
        x: chart.x + chart.panes.right
        y: chart.y + card.legend
        width: chart.width - chart.panes.right
        height: Math.max(0, chart.panes.bottom - card.legend)
        subject: card.view.barsKnown ? "quote/" + card.view.symbol + "/price" : ""
        value: card.view.last
        name: "Last price in the chart"
    }
    ChartLegend {
        symbol: card.view.symbol
        visible: card.view.barsKnown
        anchors { left: chart.left; right: chart.right; top: chart.top; leftMargin: Theme.space3 }
        height: Theme.sizeRowNormal
        chart: chart
    }
    OutlookLegend {
        objectName: "outlookLegend"
        visible: card.view.barsKnown
        anchors { left: chart.left; top: chart.top; leftMargin: Theme.space3; topMargin: Theme.sizeRowNormal - Theme.space1 }
        width: chart.panes.right - 2 * Theme.space3
        height: Theme.captionLine
        view: card.view
    }
    Crosshair {
        anchors.fill: chart
        chart: chart
    }
}
