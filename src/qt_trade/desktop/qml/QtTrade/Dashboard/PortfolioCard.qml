import QtQuick
import QtQuick.Layouts
import QtTrade.Items
import QtTrade.Theme
import QtTrade.Controls

// The account's value now and over the day.
Card {
    id: card

    required property var desk
    readonly property var view: desk.dashboard
    readonly property bool stale: view.stale

    objectName: "portfolioCard"
    title: "Portfolio value"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "summary//note"

    WaitingBars { visible: !card.view.known; words: card.desk.shell.waiting }
    Item {
        anchors.fill: parent
        visible: card.view.known

        RowLayout {
            id: figures
            x: Theme.space3
            y: Theme.space3
            width: parent.width - 2 * Theme.space3
            spacing: Theme.space4

            Column {
                Layout.preferredWidth: 216
                Txt {
                    objectName: "portfolioTotal"
                    text: card.view.total
                    font: Theme.hero
                    color: card.stale ? Theme.text3 : Theme.text1
                    AgeSource { objectName: "portfolioTotalAge"; subject: "summary//total_value"; value: card.view.total; name: "Account value" }
                }
                Row {
                    spacing: Theme.space2
                    Delta {
                        text: card.view.day
                        tone: card.view.dayTone
                        stale: card.stale
                        subject: "summary//day_change"
                        name: "Day P/L"
                    }
                    Txt {
                        text: card.view.dayPct
                        font: Theme.number
                        color: card.stale ? Theme.text3 : Tones.ink(card.view.dayTone)
                        AgeSource { subject: "summary//day_change_pct"; value: card.view.dayPct; name: "Day P/L" }
                    }
                    Txt { text: "today"; font: Theme.label; color: Theme.text3 }
                }
            }
            KeyValue {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                Layout.alignment: Qt.AlignTop
                visible: card.width >= 640
                caption: "Invested"
                subject: "summary//invested_amount"
                value: card.view.invested
                stale: card.stale
            }
            KeyValue {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                Layout.alignment: Qt.AlignTop
                caption: "Cash"
                subject: "summary//cash_balance"
                value: card.view.cash
                words: card.view.cashWords
                stale: card.stale
            }
            KeyValue {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                Layout.alignment: Qt.AlignTop
                caption: "Unrealised P/L"
                subject: "summary//unrealized_pl"
                value: card.view.unrealized
                tone: card.view.unrealizedTone
                triangle: true
                words: card.view.unrealizedWords
                stale: card.stale
            }
            KeyValue {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                Layout.alignment: Qt.AlignTop
                caption: "Realised today"
                subject: "summary//realized_today"
                value: card.view.realized
                tone: card.view.realizedTone
                triangle: true
                words: card.view.realizedWords
                stale: card.stale
            }
            KeyValue {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                Layout.alignment: Qt.AlignTop
                visible: card.width >= 800
                caption: "Commissions today"
                subject: "summary//commissions_today"
                value: card.view.commissions
                stale: card.stale
            }
        }
        ChartInk { id: ink }
        EquityChart {
            id: chart
            objectName: "equityChart"
            anchors { left: parent.left; right: parent.right; top: figures.bottom; bottom: parent.bottom }
            anchors { topMargin: Theme.space1; leftMargin: Theme.strokeHair; rightMargin: Theme.strokeHair; bottomMargin: Theme.space1 }
            series: card.desk.charts.equity
            stale: card.stale
            emptyText: "No account value yet."
            colors: ink
            Accessible.role: Accessible.Chart
            Accessible.name: "Account value over the day"
        }
        AgeSource {
            objectName: "equityChartAge"
            anchors.fill: undefined
            x: chart.plotRight
            y: chart.y
            width: parent.width - x
            height: chart.plotBottom
            subject: "summary//total_value"
            value: card.view.total
            name: "Last account value in the chart"
        }
        Rectangle {
            visible: chart.crosshair.visible === true
            x: chart.x + Math.round(chart.crosshair.x ?? 0)
            y: chart.y
            width: Theme.strokeHair
            height: chart.plotBottom
            color: Theme.text3
            opacity: 0.7
            Rectangle {
                x: Math.min(Theme.space2, chart.plotRight - parent.x - width)
                width: read.implicitWidth + 2 * Theme.space2
                height: Theme.captionLine + 2
                radius: Theme.radiusChip
                color: Theme.lineStrong
                Txt {
                    id: read
                    anchors.centerIn: parent
                    text: (chart.crosshair.time ?? "") + "  " + (chart.crosshair.value ?? "")
                    font: Theme.label
                }
            }
        }
    }
    tools: Row {
        visible: card.view.known
        spacing: Theme.space2
        Repeater {
            model: [
                { icon: "buy", name: "buy" },
                { icon: "sell", name: "sell" }
            ]
            delegate: Row {
                required property var modelData
                spacing: Theme.space1
                Icon { anchors.verticalCenter: parent.verticalCenter; name: parent.modelData.icon; color: Theme.text2; size: Theme.captionLine - 4 }
                Txt { text: parent.modelData.name; font: Theme.caption; color: Theme.text3 }
            }
        }
    }
}
