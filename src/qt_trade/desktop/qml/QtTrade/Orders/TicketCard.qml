import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls
import QtTrade.Shell

// An order by hand. What it would do and what speaks against it is the backend's word, not this page's.
Card {
    id: card

    required property var desk
    readonly property var ticket: desk.ticket
    readonly property var view: ticket.view

    // Fields in pairs; an odd one leaves its neighbour's room to the time in force.
    readonly property bool odd: (view.shown.length + (view.shown.includes("trail") ? 1 : 0)) % 2 === 1

    function begin(): void {
        quantity.field.forceActiveFocus();
        quantity.field.selectAll();
    }

    objectName: "ticketCard"
    title: "Order ticket"
    note: view.quoteNote
    noteTone: view.quoteTone
    noteSubject: view.symbol === "" ? "" : "quote/" + view.symbol + "/price"
    tools: ModeBadge {
        objectName: "ticketMode"
        height: Theme.sizeControlSmall - 2
        mode: card.view.mode
    }

    Flickable {
        id: scroll
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: foot.top; bottomMargin: Theme.space2 }
        contentHeight: form.implicitHeight + 2 * Theme.space3
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}

        ColumnLayout {
            id: form
            x: Theme.space3
            y: Theme.space3
            width: parent.width - 2 * Theme.space3
            spacing: Theme.space3

            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.space3
                Field {
                    objectName: "ticketSymbol"
                    name: "Symbol"
                    Layout.preferredWidth: 130
                    implicitHeight: Theme.sizeControl
                    iconName: "search"
                    horizontalAlignment: TextInput.AlignLeft
                    font.capitalization: Font.AllUppercase
                    text: card.view.symbol
                    error: card.view.errors["symbol"] ?? ""
                    onTextEdited: card.ticket.type("symbol", text)
                }
                Txt {
                    objectName: "ticketHeld"
                    Layout.fillWidth: true
                    text: card.view.held
                    font: Theme.caption
                    color: Theme.text3
                }
                Txt {
                    objectName: "ticketBidAsk"
                    text: card.view.bidAsk
                    font: Theme.number
                    AgeSource { subject: card.noteSubject === "" ? "" : "quote/" + card.view.symbol + "/spread"; value: card.view.bidAsk; name: "Bid and ask" }
                }
            }
            Segmented {
                objectName: "ticketSide"
                name: "Side"
                Layout.fillWidth: true
                Layout.preferredHeight: Theme.sizeControl
                fill: true
                options: ["Buy", "Sell"]
                index: card.view.sideIndex
                onPicked: index => card.ticket.chooseSide(index === 0 ? "BUY" : "SELL")
            }
            ColumnLayout {
                Layout.fillWidth: true
                spacing: Theme.space1
                Segmented {
                    objectName: "ticketType"
                    name: "Order type"
                    Layout.fillWidth: true
                    Layout.preferredHeight: Theme.sizeControl - 2
                    fill: true
                    options: ["Market", "Limit", "Stop", "Stop limit"]
                    index: card.view.kindIndex
                    onPicked: index => card.ticket.chooseKind(index)
                }
                Segmented {
                    objectName: "ticketClass"
                    name: "Order with exits"
                    Layout.fillWidth: true
                    Layout.preferredHeight: Theme.sizeControl - 2
                    fill: true
                    options: ["Trailing", "Bracket", "OCO"]
                    off: card.view.held === "" ? [2] : []
                    hint: card.view.held === "" ? "An OCO leaves a position; none of " + card.view.symbol + " is held" : ""
                    index: card.view.kindIndex - 4
                    onPicked: index => card.ticket.chooseKind(index + 4)
                }
            }
            GridLayout {
                Layout.fillWidth: true
                columns: 2
                columnSpacing: Theme.space2 + 2
                rowSpacing: Theme.space3
                TicketField { id: quantity; ticket: card.ticket; name: "quantity"; label: "Quantity"; unit: "shares" }
                TicketField { ticket: card.ticket; name: "limit_price"; label: card.view.kindIndex === 6 ? "Take profit" : "Limit price"; placeholder: card.view.kindIndex === 5 ? "at market" : "" }
                TicketField { ticket: card.ticket; name: "stop_price"; label: "Stop price" }
                TicketField { ticket: card.ticket; name: "trail"; label: "Trails behind by"; unit: card.view.trailInPercent ? "%" : "USD" }
                TicketField { ticket: card.ticket; name: "take_profit"; label: "Take profit" }
                TicketField { ticket: card.ticket; name: "stop_loss"; label: "Stop loss" }
                TicketField { ticket: card.ticket; name: "stop_loss_limit"; label: "Stop limit"; placeholder: "at market" }
                ColumnLayout {
                    visible: card.view.shown.includes("trail")
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    Layout.alignment: Qt.AlignTop
                    spacing: Theme.space1
                    Txt { text: "Measured in"; font: Theme.label; color: Theme.text2 }
                    Segmented {
                        objectName: "ticketTrailUnit"
                        name: "Trail measured in"
                        Layout.fillWidth: true
                        Layout.preferredHeight: Theme.sizeControl
                        fill: true
                        options: ["%", "USD"]
                        index: card.view.trailInPercent ? 0 : 1
                        onPicked: index => card.ticket.chooseTrailUnit(index === 0)
                    }
                }
                ColumnLayout {
                    Layout.columnSpan: card.odd ? 1 : 2
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    Layout.alignment: Qt.AlignTop
                    spacing: Theme.space1
                    Txt { text: "Time in force"; font: Theme.label; color: Theme.text2 }
                    Segmented {
                        objectName: "ticketInForce"
                        name: "Time in force"
                        Layout.fillWidth: true
                        Layout.preferredHeight: Theme.sizeControl
                        fill: true
                        options: card.view.inForce
                        index: card.view.inForceIndex
                        onPicked: index => card.ticket.chooseInForce(index)
                    }
                }
                ColumnLayout {
                    Layout.columnSpan: 2
                    Layout.fillWidth: true
                    visible: card.view.canExtend
                    spacing: Theme.space1
                    Txt { text: "Hours"; font: Theme.label; color: Theme.text2 }
                    Segmented {
                        objectName: "ticketHours"
                        name: "Hours"
                        Layout.fillWidth: true
                        Layout.preferredHeight: Theme.sizeControl - 2
                        fill: true
                        options: ["Regular session", "Extended hours"]
                        index: card.view.extended ? 1 : 0
                        onPicked: index => card.ticket.chooseExtended(index === 1)
                    }
                }
            }
            RiskBoxes {
                Layout.fillWidth: true
                desk: card.desk
            }
        }
    }
    Rectangle {
        anchors { bottom: foot.top; bottomMargin: Theme.space2 }
        visible: scroll.contentHeight > scroll.height
        width: parent.width
        height: Theme.strokeHair
        color: Theme.line
    }
    ColumnLayout {
        id: foot
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.space3 }
        spacing: Theme.space2
        RowLayout {
            Layout.fillWidth: true
            visible: card.view.largestWords !== ""
            spacing: Theme.space2
            Txt { objectName: "ticketLargest"; Layout.fillWidth: true; text: card.view.largestWords; font: Theme.label; color: Theme.text2; wrapMode: Text.WordWrap }
            ActionButton {
                objectName: "ticketUse"
                visible: card.view.use !== ""
                kind: "link"
                small: true
                text: card.view.use
                onClicked: card.ticket.useLargest()
            }
        }
        RowLayout {
            Layout.fillWidth: true
            visible: resultWords.text !== ""
            spacing: Theme.space2
            Icon {
                Layout.alignment: Qt.AlignTop
                visible: card.view.result !== "" && name !== ""
                name: card.view.resultIcon
                color: Tones.ink(card.view.resultTone)
                size: Theme.captionLine
            }
            Txt {
                id: resultWords
                objectName: "ticketResult"
                Layout.fillWidth: true
                text: card.view.result !== "" ? card.view.result : card.view.hint
                font: Theme.caption
                color: card.view.result !== "" ? Tones.ink(card.view.resultTone) : Theme.text3
                wrapMode: Text.WordWrap
                maximumLineCount: 3
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            ActionButton {
                objectName: "ticketSend"
                Layout.fillWidth: true
                kind: card.view.live ? "live" : "primary"
                text: card.view.verb
                enabled: card.view.canSend
                hint: card.view.hint
                onClicked: card.ticket.send()
            }
            ActionButton {
                objectName: "ticketClear"
                text: "Clear"
                onClicked: card.ticket.clear()
            }
        }
    }
}
