pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// What the sources say of the selected symbol, what they agree on, and the quote's figures below.
Card {
    id: card

    required property var desk
    readonly property var view: desk.market
    readonly property var made: desk.markets.consensus
    readonly property bool stale: view.stale || made.stale

    function of(figure: string): string { return view.symbol === "" ? "" : "quote/" + view.symbol + "/" + figure; }

    // What gets the keyboard comes into view.
    function reveal(item: Item): void {
        const top = item.mapToItem(column, 0, 0).y;
        if (top < scroll.contentY)
            scroll.contentY = Math.max(0, top - Theme.space3);
        else if (top + item.height + Theme.space3 > scroll.contentY + scroll.height)
            scroll.contentY = Math.min(scroll.contentHeight - scroll.height, top + item.height + Theme.space3 - scroll.height);
    }

    objectName: "consensusCard"
    title: width < 320 && made.chipTone === "warn" ? "Consensus" : "Price consensus"
    count: made.chipTone === "warn" ? "" : view.symbol
    tools: Chip {
        objectName: "consensusChip"
        visible: text !== ""
        text: card.made.known ? card.made.chip : card.view.feed
        icon: card.made.chipIcon
        tone: card.made.chipTone
        dashed: card.made.chipDashed || !card.made.known && (card.view.feed === "REPLAY" || card.view.feed === "SIMULATION")
        small: true
        AgeSource {
            objectName: "consensusAge"
            subject: card.view.symbol === "" ? "" : "consensus/" + card.view.symbol + "/sources"
            value: parent.text
            name: "Price consensus"
        }
    }
    Connections {
        target: card.Window.window
        function onActiveFocusItemChanged(): void {
            const item = card.Window.activeFocusItem;
            for (let parent = item; parent !== null && parent !== undefined; parent = parent.parent) {
                if (parent === column)
                    card.reveal(item);
            }
        }
    }

    component Rule: Rectangle {
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.strokeHair
        color: Theme.line
    }
    component Line: RowLayout {
        id: pair
        required property string name
        required property string value
        property string tone: ""
        property string subject: ""
        Layout.fillWidth: true
        Layout.leftMargin: Theme.space3
        Layout.rightMargin: Theme.space3
        Layout.preferredHeight: Theme.sizeRowCompact - 1
        Txt { Layout.fillWidth: true; text: pair.name; color: Theme.text2 }
        Txt {
            objectName: "line-" + pair.name
            text: pair.value
            font: Theme.number
            color: card.stale && pair.tone === "" ? Theme.text3 : Tones.ink(pair.tone)
            Layout.maximumWidth: card.width * 0.62
            AgeSource { subject: pair.subject; value: pair.value; name: pair.name }
        }
    }
    component Head: Txt {
        font: Theme.caption
        color: Theme.text3
    }

    WaitingBars { visible: card.view.symbol === ""; words: card.desk.shell.waiting }
    EmptyState {
        objectName: "consensusEmpty"
        visible: !card.view.known && !card.made.known && card.view.symbol !== ""
        icon: "feed"
        title: (card.made.heard ? "No source has a price of " : "No quote of ") + card.view.symbol + " yet"
        words: card.height > 200 ? card.view.missing : ""
    }
    Flickable {
        id: scroll
        objectName: "consensusScroll"
        anchors.fill: parent
        visible: card.view.known || card.made.known
        clip: true
        contentHeight: column.implicitHeight + Theme.space2
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        ColumnLayout {
            id: column
            width: parent.width
            spacing: 0

            RowLayout {
                Layout.fillWidth: true
                Layout.margins: Theme.space3
                Layout.topMargin: Theme.space2 + 2
                Layout.bottomMargin: Theme.space2
                Column {
                    Layout.fillWidth: true
                    Txt {
                        objectName: "quoteLast"
                        text: card.view.last
                        font: Theme.figure
                        color: card.stale ? Theme.text3 : Theme.text1
                        AgeSource { objectName: "quoteLastAge"; subject: card.of("price"); value: card.view.last; name: "Last price" }
                    }
                    Txt {
                        objectName: "consensusMade"
                        width: parent.width
                        readonly property string aged: card.view.noteTone === "warn" ? card.view.note : card.view.age
                        text: card.made.stale ? card.made.note : card.made.made === "" ? card.view.note : card.made.made + " · " + aged
                        font: Theme.caption
                        color: Tones.ink(card.made.stale ? "warn" : card.view.noteTone)
                    }
                }
                Column {
                    Txt {
                        objectName: "consensusBook"
                        anchors.right: parent.right
                        text: card.view.bid + " × " + card.view.ask
                        font: Theme.number
                        color: card.stale ? Theme.text3 : Theme.text1
                        AgeSource { subject: card.of("bid"); value: parent.text; name: "Bid and ask" }
                    }
                    Txt {
                        objectName: "consensusBookSource"
                        anchors.right: parent.right
                        text: card.made.measured ? card.made.book : card.view.bidSize + " × " + card.view.askSize + " shares"
                        font: Theme.caption
                        color: Theme.text3
                        AgeSource { subject: card.of("size"); value: parent.text; name: "Bid and ask sizes" }
                    }
                }
            }
            Rule {}
            RowLayout {
                visible: card.made.known
                Layout.fillWidth: true
                Layout.leftMargin: Theme.space3
                Layout.rightMargin: Theme.space3
                Layout.preferredHeight: Theme.sizeRowCompact
                spacing: Theme.space1
                Head { Layout.fillWidth: true; text: "Source" }
                Head { text: "Price"; Layout.preferredWidth: 66; horizontalAlignment: Text.AlignRight }
                Head { text: "Age"; Layout.preferredWidth: 52; horizontalAlignment: Text.AlignRight }
                Head { text: "Deviation"; Layout.preferredWidth: 68; horizontalAlignment: Text.AlignRight }
            }
            Rule { visible: card.made.known }
            Repeater {
                model: card.desk.markets.sources
                delegate: SourceRow {
                    stale: card.stale
                    Layout.fillWidth: true
                }
            }
            Column {
                id: told
                objectName: "consensusReasons"
                visible: card.made.known
                Layout.fillWidth: true
                Layout.margins: Theme.space3
                Layout.topMargin: Theme.space2
                Layout.bottomMargin: Theme.space2
                Repeater {
                    model: card.made.reasons
                    delegate: Txt {
                        required property string modelData
                        required property int index
                        width: told.width
                        text: modelData
                        wrapMode: Text.WordWrap
                        elide: Text.ElideNone
                        font: Theme.label
                        color: index === 0 ? Tones.ink(card.made.reasonsTone) : Theme.text2
                    }
                }
            }
            Rule { visible: card.made.measured }
            Line { visible: card.made.measured; name: "Sources agreed today"; subject: "consensus/" + card.view.symbol + "/agreed"; value: card.made.agreed }
            Line { visible: card.made.measured; name: "Longest gap"; subject: "consensus/" + card.view.symbol + "/gap"; value: card.made.gap }
            Rule { visible: card.view.known }
            Line { visible: card.view.known; name: "Spread"; subject: card.of("spread"); value: card.view.spread; tone: card.view.spreadTone }
            Line { visible: card.view.known && card.made.measured; name: "Sizes"; subject: card.of("size"); value: card.view.bidSize + " × " + card.view.askSize + " shares" }
            Line { visible: card.view.known; name: "Day"; subject: card.of("range"); value: card.view.low + " to " + card.view.high }
            Line { visible: card.view.known; name: "Previous close"; subject: card.of("previous_close"); value: card.view.previousClose }
            Line { visible: card.view.known; name: "Volume"; subject: card.of("volume"); value: card.view.volume }
            Line { visible: card.view.known; name: "Held"; subject: card.view.held === "none" ? "positions//qty" : "position/" + card.view.symbol + "/qty"; value: card.view.held }
            Line { visible: card.view.known; name: "Feed"; value: card.view.source }
            Line { visible: card.view.known; name: "Quote time"; subject: card.of("age"); value: card.view.quoteTime }
            Line { visible: card.view.known; name: "Age"; subject: card.of("age"); value: card.view.age; tone: card.view.ageTone }
            Rule { Layout.topMargin: Theme.space1 }
            RowLayout {
                Layout.fillWidth: true
                Layout.leftMargin: Theme.space3
                Layout.rightMargin: Theme.space3
                Layout.preferredHeight: Theme.sizeRowCompact - 1
                Txt { text: "Prediction"; color: Theme.text2 }
                Txt {
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignRight
                    text: card.view.predictionWords
                    font: Theme.caption
                    color: Theme.text3
                    HoverHandler { id: overPrediction }
                    Tip {
                        visible: overPrediction.hovered && text !== ""
                        text: card.view.predictionTold !== "" ? card.view.predictionTold : parent.truncated ? parent.text : ""
                    }
                }
            }
            Repeater {
                model: card.view.predictions
                delegate: RowLayout {
                    id: horizon
                    required property var modelData
                    required property int index
                    Layout.fillWidth: true
                    Layout.leftMargin: Theme.space3
                    Layout.rightMargin: Theme.space3
                    Layout.preferredHeight: Theme.sizeRowCompact - 2
                    Txt { Layout.fillWidth: true; text: ["15 min", "30 min", "60 min"][horizon.index]; color: Theme.text2 }
                    PredictionCell {
                        Layout.preferredWidth: 180
                        move: horizon.modelData.move
                        confidence: horizon.modelData.confidence
                        mark: horizon.modelData.mark
                        words: horizon.modelData.words
                        tone: horizon.modelData.tone
                        stale: card.view.stale || card.view.predictionsStale
                        subject: "prediction/" + card.view.symbol + "/" + [15, 30, 60][horizon.index]
                        name: ["15 min", "30 min", "60 min"][horizon.index]
                    }
                }
            }
        }
    }
}
