import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What models have shown, how sure they are, how they are made and promoted, and what an AI thinks.
Item {
    id: page

    required property var desk
    // A banner takes its height from the first row alone; the rows below do not jump.
    readonly property real banner: desk.shell.bannerVisible ? Theme.sizeBanner + Theme.space3 : 0
    readonly property real rows: height + banner - 2 * Theme.space3
    readonly property real first: Math.max(150, Math.min(276, rows * 0.29)) - banner
    readonly property real last: Math.max(128, Math.min(210, rows * 0.245))

    objectName: "intelligencePage"

    Connections {
        target: page.desk.intelligence
        function onAsked(): void { ask.open(); }
    }
    Ask {
        id: ask
        name: "intelligenceAsk"
        title: page.desk.intelligence.ask.title
        words: page.desk.intelligence.ask.words
        verb: page.desk.intelligence.ask.verb
        onConfirmed: page.desk.intelligence.confirm()
    }
    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.space3
        ScoreCard {
            Layout.fillWidth: true
            Layout.fillHeight: false
            Layout.preferredHeight: page.first
            desk: page.desk
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.minimumHeight: 200
            spacing: Theme.space3
            CalibrationCard {
                Layout.fillWidth: true
                Layout.preferredWidth: 10
                Layout.fillHeight: true
                desk: page.desk
            }
            TrainingCard {
                Layout.fillWidth: true
                Layout.preferredWidth: 10
                Layout.fillHeight: true
                desk: page.desk
            }
            PromotionCard {
                Layout.fillWidth: true
                Layout.preferredWidth: 10
                Layout.fillHeight: true
                desk: page.desk
            }
        }
        OpinionsCard {
            Layout.fillWidth: true
            Layout.fillHeight: false
            Layout.preferredHeight: page.last
            desk: page.desk
        }
    }
}
