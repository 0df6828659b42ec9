import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// A market or limit order by hand. The answer stands here: accepted, or refused and why.
Card {
    id: card

    required property var desk
    readonly property var view: desk.ticket
    property int side: 0
    property int kind: 0
    readonly property string sideWord: side === 0 ? "buy" : "sell"

    function begin(which: string): void {
        side = which === "SELL" ? 1 : 0;
        quantity.forceActiveFocus();
        quantity.selectAll();
        tell();
    }
    function tell(): void {
        desk.typeTicket(side === 0 ? "BUY" : "SELL", quantity.text, kind === 0 ? "MARKET" : "LIMIT", limit.text);
    }

    objectName: "ticketCard"
    title: "Order"
    count: desk.market.symbol
    tools: Chip {
        visible: card.desk.header.mode !== ""
        text: card.desk.header.mode
        outlined: true
        small: true
    }
    implicitHeight: form.implicitHeight + Theme.sizeControl + Theme.space6
    Component.onCompleted: tell()

    Connections {
        target: card.desk.market
        function onSymbolChanged(): void { card.tell(); }
    }
    ColumnLayout {
        id: form
        x: Theme.space3
        y: Theme.space3
        width: parent.width - 2 * Theme.space3
        spacing: Theme.space2

        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            Segmented {
                objectName: "ticketSide"
                name: "Side"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                fill: true
                options: ["Buy", "Sell"]
                index: card.side
                onPicked: index => { card.side = index; card.tell(); }
            }
            Segmented {
                objectName: "ticketType"
                name: "Order type"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                fill: true
                options: ["Market", "Limit"]
                index: card.kind
                onPicked: index => { card.kind = index; card.tell(); }
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            Field {
                id: quantity
                objectName: "ticketQuantity"
                name: "Quantity"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                unit: "shares"
                text: "10"
                error: card.view.quantityError
                onTextEdited: card.tell()
                Keys.onPressed: event => card.keys(event)
            }
            Field {
                id: limit
                objectName: "ticketLimit"
                name: "Limit price"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                unit: "USD"
                enabled: card.kind === 1
                placeholderText: ""
                error: card.view.limitError
                onTextEdited: card.tell()
                Keys.onPressed: event => card.keys(event)
            }
        }
        Txt {
            Layout.fillWidth: true
            visible: text !== ""
            text: card.view.quantityError || card.view.limitError
            font: Theme.caption
            color: Theme.crit
        }
        RowLayout {
            Layout.fillWidth: true
            Txt { Layout.fillWidth: true; text: "Value"; color: Theme.text2 }
            Txt { text: card.view.estimate; font: Theme.number; AgeSource { subject: "estimate/" + card.desk.market.symbol + "/value"; value: card.view.estimate; name: "Value" } }
        }
        ActionButton {
            objectName: "ticketSend"
            Layout.fillWidth: true
            kind: "primary"
            text: "Send " + card.desk.header.mode + " " + card.sideWord + " order"
            enabled: card.view.canSend && !card.view.busy
            hint: card.view.hint
            onClicked: card.desk.sendTicket()
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            Icon {
                Layout.alignment: Qt.AlignTop
                visible: card.view.resultIcon !== ""
                name: card.view.resultIcon
                color: Tones.ink(card.view.resultTone)
                size: Theme.captionLine
            }
            Txt {
                objectName: "ticketResult"
                Layout.fillWidth: true
                text: card.view.result !== "" ? card.view.result : card.view.hint !== "" ? card.view.hint : "Day order. Ctrl Enter sends."
                font: Theme.caption
                color: card.view.result !== "" ? Tones.ink(card.view.resultTone) : Theme.text3
                wrapMode: Text.WordWrap
                maximumLineCount: 3
            }
        }
    }
    function keys(event: var): void {
        if ((event.key === Qt.Key_Return || event.key === Qt.Key_Enter) && event.modifiers & Qt.ControlModifier) {
            if (view.canSend && !view.busy)
                desk.sendTicket();
            event.accepted = true;
        }
    }
}
