pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// The quote of the selected symbol: what, how large, from where, how old.
Card {
    id: card

    required property var desk
    readonly property var view: desk.market
    readonly property bool roomy: height > 400

    function of(figure: string): string { return view.symbol === "" ? "" : "quote/" + view.symbol + "/" + figure; }

    objectName: "quoteCard"
    title: "Quote"
    count: view.symbol
    tools: Chip {
        visible: card.view.feed !== ""
        objectName: "quoteFeed"
        text: card.view.feed
        small: true
        dashed: card.view.feed === "REPLAY" || card.view.feed === "SIMULATION"
    }

    component Line: RowLayout {
        id: pair
        required property string name
        required property string value
        property string tone: ""
        property string subject: ""
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.sizeRowCompact - 1
        Txt { Layout.fillWidth: true; text: pair.name; color: Theme.text2 }
        Txt {
            text: pair.value
            font: Theme.number
            color: card.view.stale && pair.tone === "" ? Theme.text3 : Tones.ink(pair.tone)
            Layout.maximumWidth: card.width * 0.62
            AgeSource { subject: pair.subject; value: pair.value; name: pair.name }
        }
    }

    WaitingBars { visible: card.view.symbol === ""; words: card.desk.shell.waiting }
    EmptyState {
        visible: !card.view.known && card.view.symbol !== ""
        icon: "feed"
        title: "No quote of " + card.view.symbol + " yet"
        words: card.height > 200 ? card.view.missing : ""
    }
    Flickable {
        anchors.fill: parent
        visible: card.view.known
        clip: true
        contentHeight: lines.implicitHeight + 2 * Theme.space2
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        ColumnLayout {
            id: lines
            x: Theme.space3
            y: Theme.space2 + 2
            width: parent.width - 2 * Theme.space3
            spacing: 0

            RowLayout {
                Layout.fillWidth: true
                Column {
                    Layout.fillWidth: true
                    Txt {
                        objectName: "quoteLast"
                        text: card.view.last
                        font: Theme.figure
                        color: card.view.stale ? Theme.text3 : Theme.text1
                        AgeSource { objectName: "quoteLastAge"; subject: card.of("price"); value: card.view.last; name: "Last price" }
                    }
                    Txt { text: card.view.note; font: Theme.caption; color: Tones.ink(card.view.noteTone) }
                }
                Column {
                    Txt {
                        anchors.right: parent.right
                        text: card.view.bid + " × " + card.view.ask
                        font: Theme.number
                        color: card.view.stale ? Theme.text3 : Theme.text1
                        AgeSource { subject: card.of("bid"); value: parent.text; name: "Bid and ask" }
                    }
                    Txt {
                        anchors.right: parent.right
                        text: card.view.bidSize + " × " + card.view.askSize + " shares"
                        font: Theme.caption
                        color: Theme.text3
                        AgeSource { subject: card.of("size"); value: parent.text; name: "Bid and ask sizes" }
                    }
                }
            }
            Rectangle { Layout.fillWidth: true; Layout.topMargin: Theme.space2; Layout.bottomMargin: Theme.space1; Layout.preferredHeight: Theme.strokeHair; color: Theme.line }
            Line { name: "Spread"; subject: card.of("spread"); value: card.view.spread; tone: card.view.spreadTone }
            Line { name: "Day"; subject: card.of("range"); value: card.view.low + " to " + card.view.high }
            Line { name: "Previous close"; subject: card.of("previous_close"); value: card.view.previousClose }
            Line { name: "Volume"; subject: card.of("volume"); value: card.view.volume }
            Line { name: "Held"; subject: card.view.held === "none" ? "positions//qty" : "position/" + card.view.symbol + "/qty"; value: card.view.held }
            Line { name: "Source"; value: card.view.source }
            Line { name: "Quote time"; subject: card.of("age"); value: card.view.quoteTime }
            Line { name: "Age"; subject: card.of("age"); value: card.view.age; tone: card.view.ageTone }
            Rectangle { visible: card.roomy; Layout.fillWidth: true; Layout.topMargin: Theme.space1; Layout.bottomMargin: Theme.space1; Layout.preferredHeight: Theme.strokeHair; color: Theme.line }
            RowLayout {
                visible: card.roomy
                Layout.fillWidth: true
                Layout.preferredHeight: Theme.sizeRowCompact - 1
                Txt { text: "Prediction"; color: Theme.text2 }
                Txt {
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignRight
                    text: card.view.predictionWords
                    font: Theme.caption
                    color: Theme.text3
                }
            }
            Repeater {
                model: card.roomy ? card.view.predictions : []
                delegate: RowLayout {
                    id: horizon
                    required property var modelData
                    required property int index
                    Layout.fillWidth: true
                    Layout.preferredHeight: Theme.sizeRowCompact - 2
                    Txt { Layout.fillWidth: true; text: ["15 min", "30 min", "60 min"][horizon.index]; color: Theme.text2 }
                    PredictionCell {
                        Layout.preferredWidth: 140
                        move: horizon.modelData.move
                        confidence: horizon.modelData.confidence
                        tone: horizon.modelData.tone
                        stale: card.view.stale
                        subject: "prediction/" + card.view.symbol + "/" + [15, 30, 60][horizon.index]
                        name: ["15 min", "30 min", "60 min"][horizon.index]
                    }
                }
            }
        }
    }
}
