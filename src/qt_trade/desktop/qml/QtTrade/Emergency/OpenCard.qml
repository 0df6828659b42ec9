pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What is still open, as the broker counts it, and each position's way out.
Rectangle {
    id: card

    required property var desk
    readonly property var view: desk.emergency.view
    readonly property color ink: Tones.ink(view.tone)

    objectName: "emergencyCard"
    implicitHeight: column.implicitHeight
    radius: Theme.radiusCard
    color: Theme.panel
    border.color: ink
    border.width: Theme.strokeHair
    Accessible.role: Accessible.AlertMessage
    Accessible.name: view.title

    component Rule: Rectangle {
        Layout.fillWidth: true
        Layout.leftMargin: Theme.strokeHair
        Layout.rightMargin: Theme.strokeHair
        implicitHeight: Theme.strokeHair
        color: Theme.line
    }
    component Figure: Column {
        id: figure
        required property string value
        required property string rest
        required property string caption
        spacing: Theme.space1
        Row {
            spacing: Theme.space2
            Txt {
                id: big
                objectName: figure.objectName + "Value"
                text: figure.value
                font: Theme.hero
                color: card.view.stale ? Theme.text3 : Theme.text1
            }
            Txt { anchors.baseline: big.baseline; text: figure.rest; font.family: Theme.familyUi; font.pixelSize: Theme.page.pixelSize - 3; color: Theme.text3 }
        }
        Txt { text: figure.caption; font: Theme.caption; color: Theme.text3 }
    }

    ColumnLayout {
        id: column
        width: parent.width
        spacing: 0

        RowLayout {
            Layout.fillWidth: true
            Layout.margins: Theme.space4
            spacing: Theme.space3
            Icon { name: card.view.icon; color: card.ink; size: Theme.sizeIcon + 2 }
            Txt {
                objectName: "emergencyTitle"
                text: card.view.title
                font.family: Theme.familyUi
                font.pixelSize: Theme.page.pixelSize - 2
                font.weight: Theme.page.weight
                Layout.fillWidth: true
                Layout.maximumWidth: implicitWidth
                Layout.minimumWidth: Math.min(implicitWidth, 300)
            }
            Chip {
                visible: card.view.mode !== ""
                text: card.view.mode
                outlined: true
                small: true
            }
            Item { Layout.fillWidth: true; Layout.minimumWidth: 0 }
            Txt {
                objectName: "emergencyHeld"
                Layout.fillWidth: true
                Layout.maximumWidth: implicitWidth
                Layout.minimumWidth: 40
                text: card.view.held
                font: Theme.body
                color: Theme.text2
            }
            Txt {
                visible: text !== ""
                text: card.view.took
                font: Theme.figure
            }
        }
        Rule {}
        RowLayout {
            visible: card.view.counted
            Layout.fillWidth: true
            Layout.margins: Theme.space4
            Layout.bottomMargin: Theme.space3
            spacing: 0
            Figure {
                objectName: "positionsOpen"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                value: card.view.positionsOpen
                rest: card.view.positionsBefore
                caption: "positions still open"
            }
            Figure {
                objectName: "ordersOpen"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                value: card.view.ordersOpen
                rest: card.view.ordersBefore
                caption: "orders still open"
            }
            Figure {
                objectName: "exposureOpen"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                value: card.view.exposure
                rest: "USD"
                caption: "still exposed"
            }
        }
        Meter {
            objectName: "emergencyProgress"
            visible: card.view.counted
            Layout.fillWidth: true
            Layout.leftMargin: Theme.space4
            Layout.rightMargin: Theme.space4
            Layout.bottomMargin: Theme.space4
            implicitHeight: 6
            value: card.view.progress
            fill: card.view.stale ? Theme.text3 : card.ink
        }
        Note {
            objectName: "emergencyNote"
            visible: card.view.note !== ""
            Layout.fillWidth: true
            Layout.margins: Theme.space4
            Layout.topMargin: card.view.counted ? 0 : Theme.space4
            text: card.view.note
            tone: card.view.noteTone
        }
        Rule { visible: lines.count > 0 }
        Item {
            visible: lines.count > 0
            Layout.fillWidth: true
            implicitHeight: Theme.sizeRowNormal
            OpenLine {
                anchors.fill: parent
                head: true
                row: ({ symbol: "Position", quantity: "Qty", worth: "Was worth", state: "State", filled: "Filled or price" })
            }
        }
        Repeater {
            id: lines
            model: card.desk.emergency.lines
            delegate: Item {
                id: line
                required property var row
                Layout.fillWidth: true
                implicitHeight: Theme.sizeRowNormal - 2
                Rectangle { x: 1; width: parent.width - 2; height: Theme.strokeHair; color: Theme.line }
                OpenLine { anchors.fill: parent; row: line.row }
            }
        }
        Rule { visible: unknown.count > 0 }
        Repeater {
            id: unknown
            model: card.view.unknown
            delegate: RowLayout {
                id: order
                required property string modelData
                Layout.fillWidth: true
                Layout.leftMargin: Theme.space3
                Layout.rightMargin: Theme.space3
                Layout.topMargin: Theme.space2
                Layout.bottomMargin: Theme.space2
                spacing: Theme.space2
                Icon { name: "question"; color: Theme.warn; size: Theme.captionLine }
                Txt {
                    objectName: "emergencyUnknown"
                    Layout.fillWidth: true
                    text: order.modelData
                    font: Theme.label
                    color: Theme.text2
                    wrapMode: Text.WordWrap
                }
            }
        }
        Rule {}
        RowLayout {
            Layout.fillWidth: true
            Layout.margins: Theme.space4
            Layout.topMargin: Theme.space3
            Layout.bottomMargin: Theme.space3
            spacing: Theme.space4
            Txt {
                objectName: "emergencyFooter"
                Layout.fillWidth: true
                text: card.view.footer
                font: Theme.label
                color: Theme.text2
                wrapMode: Text.WordWrap
            }
            ActionButton {
                objectName: "emergencyFold"
                text: card.view.verb
                onClicked: card.desk.emergency.fold()
            }
        }
    }
}
