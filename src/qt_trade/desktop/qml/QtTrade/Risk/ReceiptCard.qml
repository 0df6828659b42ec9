pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls
import QtTrade.Emergency

// The receipt of the selected emergency: its steps, what the broker said twice, each fill.
Rectangle {
    id: card

    required property var desk
    readonly property var view: desk.risk.receipt

    objectName: "receiptCard"
    radius: Theme.radiusCard
    color: Theme.panel
    border.color: Theme.line
    border.width: Theme.strokeHair
    clip: true
    Accessible.role: Accessible.Grouping
    Accessible.name: "Receipt"

    EmptyState {
        visible: !card.view.known
        icon: "list"
        title: "No receipt yet"
        words: "Each emergency leaves one, with the broker's own counts."
    }
    Flickable {
        id: scroll
        anchors { fill: parent; margins: Theme.strokeHair }
        contentHeight: column.implicitHeight + Theme.space1
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        ColumnLayout {
            id: column
            width: scroll.width
            visible: card.view.known
            spacing: Theme.space2
            RowLayout {
                Layout.fillWidth: true
                Layout.leftMargin: Theme.space3
                Layout.rightMargin: Theme.space3
                Layout.preferredHeight: Theme.sizeControl + Theme.space1 + 2
                spacing: Theme.space2
                Txt { text: "Receipt"; font: Theme.title }
                Txt {
                    Layout.fillWidth: true
                    text: card.view.when
                    font: Theme.caption
                    color: Theme.text3
                }
                Chip {
                    objectName: "receiptCardResult"
                    text: card.view.resultTone === "ok" && card.width > 350 ? "verified at broker" : card.view.result
                    icon: card.view.resultIcon
                    tone: card.view.resultTone
                    small: true
                }
            }
            Rectangle { Layout.fillWidth: true; Layout.topMargin: -Theme.space2; implicitHeight: Theme.strokeHair; color: Theme.line }
            RowLayout {
                Layout.fillWidth: true
                Layout.leftMargin: Theme.space3
                Layout.rightMargin: Theme.space3
                Txt {
                    objectName: "receiptTitle"
                    Layout.fillWidth: true
                    text: card.view.title
                    font: Theme.title
                }
                Chip { visible: card.view.mode !== ""; text: card.view.mode; outlined: true; small: true }
            }
            Item {
                Layout.fillWidth: true
                Layout.leftMargin: Theme.space3
                Layout.rightMargin: Theme.space3
                implicitHeight: 46
                Rectangle {
                    x: 4
                    y: 4
                    width: Math.max(0, (steps.count - 1) * steps.each)
                    height: 2
                    color: Theme.accent
                }
                Repeater {
                    id: steps
                    readonly property real each: count < 1 ? 0 : (card.width - 2 * Theme.space3) / count
                    model: card.view.steps
                    delegate: Item {
                        id: step
                        required property var modelData
                        required property int index
                        x: index * steps.each
                        width: steps.each
                        height: 46
                        Rectangle { width: 9; height: 9; radius: 5; color: Theme.accent }
                        Txt { y: 12; width: parent.width - 2; height: Theme.captionLine; text: step.modelData.name; font: Theme.label }
                        Txt { y: 28; width: parent.width - 2; height: Theme.captionLine; text: step.modelData.after; font: Theme.caption; color: Theme.text3 }
                        HoverHandler { id: over }
                        Tip { visible: over.hovered; text: step.modelData.name + " " + step.modelData.after + (step.modelData.words === "" ? "" : "\n" + step.modelData.words) }
                    }
                }
            }
            ReceiptBody {
                Layout.fillWidth: true
                Layout.leftMargin: Theme.space3
                Layout.rightMargin: Theme.space3
                view: card.view
                desk: card.desk
            }
            Note {
                objectName: "receiptWords"
                visible: card.view.words !== "" && card.view.resultTone !== "ok"
                Layout.fillWidth: true
                Layout.leftMargin: Theme.space3
                Layout.rightMargin: Theme.space3
                text: card.view.words
            }
            Rectangle { visible: rows.count > 0; Layout.fillWidth: true; implicitHeight: Theme.strokeHair; color: Theme.line }
            SoldLine {
                visible: rows.count > 0
                Layout.fillWidth: true
                implicitHeight: Theme.sizeRowCompact
                Layout.topMargin: -Theme.space2
                head: true
                row: ({ symbol: "Closed", quantity: "Qty", price: "Price", value: "Value", after: "After" })
            }
            ColumnLayout {
                objectName: "soldRows"
                Layout.fillWidth: true
                Layout.topMargin: -Theme.space2
                spacing: 0
                Repeater {
                    id: rows
                    model: card.desk.risk.sold
                    delegate: SoldLine {
                        Layout.fillWidth: true
                        implicitHeight: Theme.sizeRowCompact
                        Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.line }
                    }
                }
                SoldLine {
                    visible: rows.count > 0
                    Layout.fillWidth: true
                    implicitHeight: Theme.sizeRowCompact + 2
                    strong: true
                    row: ({ symbol: card.view.soldCount, quantity: "", price: "", value: card.view.soldValue, after: card.view.soldAfter })
                    Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.lineStrong }
                }
            }
        }
    }
}
