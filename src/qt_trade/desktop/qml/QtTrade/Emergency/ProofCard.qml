import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The receipt of the emergency that has just ended.
Rectangle {
    id: card

    required property var desk
    readonly property var view: desk.emergency.receipt

    objectName: "emergencyReceipt"
    implicitHeight: column.implicitHeight + Theme.space3
    radius: Theme.radiusCard
    color: Theme.panel
    border.color: Theme.line
    border.width: Theme.strokeHair
    Accessible.role: Accessible.Grouping
    Accessible.name: "Receipt"

    ColumnLayout {
        id: column
        width: parent.width
        spacing: Theme.space1
        RowLayout {
            Layout.leftMargin: Theme.space3
            Layout.rightMargin: Theme.space3
            Layout.preferredHeight: Theme.sizeControl + Theme.space1 + 2
            Txt { text: "Receipt"; font: Theme.title }
            Item { Layout.fillWidth: true }
            Chip {
                objectName: "receiptResult"
                text: card.view.result
                icon: card.view.resultIcon
                tone: card.view.resultTone
                small: true
            }
        }
        Rectangle { Layout.fillWidth: true; implicitHeight: Theme.strokeHair; color: Theme.line }
        ReceiptBody {
            Layout.fillWidth: true
            Layout.margins: Theme.space3
            view: card.view
            desk: card.desk
        }
    }
}
