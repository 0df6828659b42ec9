pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// One order under way; its fields open below it while it is being changed.
Item {
    id: line

    required property var row
    required property var desk
    required property var columns
    readonly property color ink: row.stale ? Theme.text2 : Theme.text1

    implicitHeight: (row.editing ? form.implicitHeight + Theme.space3 : 0) + Theme.sizeRowNormal
    Accessible.role: Accessible.ListItem
    Accessible.name: row.symbol + " " + row.side + " " + row.quantity + " " + row.word

    Rectangle {
        anchors.fill: parent
        color: line.row.selected ? Theme.selected : area.containsMouse ? Theme.hover : "transparent"
    }
    MouseArea {
        id: area
        anchors.fill: parent
        hoverEnabled: true
        onClicked: line.desk.orders.select(line.row.id)
    }

    component Word: Txt {
        property string subject: ""
        Layout.fillWidth: false
        Layout.minimumWidth: Layout.preferredWidth
        color: line.ink
        maximumLineCount: 1
        AgeSource { subject: parent.subject === "" ? "" : "order/" + line.row.id + "/" + parent.subject; value: parent.text; name: line.row.symbol; activeFocusOnTab: false }
    }

    RowLayout {
        x: Theme.space3
        width: parent.width - 2 * Theme.space3
        height: Theme.sizeRowNormal
        spacing: line.columns.gap
        Word { Layout.preferredWidth: line.columns.sent; visible: line.columns.sent > 0; text: line.row.sent; color: Theme.text3 }
        Word { Layout.preferredWidth: line.columns.symbol; text: line.row.symbol; font: Theme.title }
        RowLayout {
            Layout.fillWidth: false
            Layout.preferredWidth: line.columns.side
            Layout.minimumWidth: line.columns.side
            spacing: Theme.space1 + 2
            Icon { name: line.row.sideIcon; color: Theme.text2; size: Theme.space2 + 2 }
            Txt { Layout.fillWidth: true; text: line.row.side; color: line.ink }
        }
        Word { Layout.preferredWidth: line.columns.quantity; horizontalAlignment: Text.AlignRight; text: line.row.quantity; font: Theme.number; subject: "quantity" }
        Word { Layout.preferredWidth: line.columns.type; text: line.row.type; Layout.leftMargin: Theme.space1 }
        Word { Layout.preferredWidth: line.columns.price; horizontalAlignment: Text.AlignRight; text: line.row.price; font: Theme.number; subject: "limit_price" }
        Word { Layout.preferredWidth: line.columns.filled; horizontalAlignment: Text.AlignRight; text: line.row.filled; color: line.row.filled === "—" ? Theme.textOff : line.ink; subject: "filled_qty" }
        Word { Layout.preferredWidth: line.columns.inForce; visible: line.columns.inForce > 0; Layout.leftMargin: Theme.space1; text: line.row.inForce; color: Theme.text2 }
        RowLayout {
            id: way
            Layout.fillWidth: true
            Layout.minimumWidth: 0
            spacing: Theme.space2
            OrderTrack { steps: line.row.steps; unknown: line.row.unknown; stale: line.row.stale }
            Chip {
                objectName: "orderState-" + line.row.id
                text: line.row.unknown && way.width < 256 ? "UNKNOWN" : line.row.word
                tone: line.row.stale ? "faint" : line.row.tone
                icon: line.row.icon
                dashed: line.row.unknown
                small: true
            }
            Txt {
                Layout.fillWidth: true
                Layout.minimumWidth: 0
                opacity: truncated ? 0 : 1
                text: line.row.remark
                font: Theme.label
                color: Theme.text3
            }
        }
        Word {
            Layout.preferredWidth: line.columns.by
            visible: line.columns.by > 0
            text: line.row.by
            color: Theme.text2
            HoverHandler { id: why }
            Tip { visible: why.hovered && line.row.reason !== ""; text: line.row.reason }
        }
        Word { Layout.preferredWidth: line.columns.age; visible: line.columns.age > 0; horizontalAlignment: Text.AlignRight; text: line.row.age; color: Theme.text2 }
        Item {
            Layout.preferredWidth: line.columns.ways
            Layout.minimumWidth: line.columns.ways
            Layout.fillHeight: true
            Txt {
                anchors { right: parent.right; rightMargin: Theme.space1; verticalCenter: parent.verticalCenter }
                visible: line.row.locked
                text: "locked"
                font: Theme.label
                color: Theme.text3
            }
            Row {
                anchors { right: parent.right; verticalCenter: parent.verticalCenter }
                visible: !line.row.locked
                ActionButton {
                    objectName: "change-" + line.row.id
                    kind: "link"
                    small: true
                    text: "Change"
                    enabled: line.desk.shell.canWrite
                    hint: line.desk.shell.why
                    onClicked: line.desk.orders.beginChange(line.row.id)
                }
                ActionButton {
                    objectName: "cancelOrder-" + line.row.id
                    kind: "link"
                    small: true
                    text: "Cancel"
                    enabled: line.desk.shell.canWrite
                    hint: line.desk.shell.why
                    onClicked: line.desk.orders.askCancelOf(line.row.id)
                }
            }
        }
    }
    Loader {
        id: form
        x: Theme.space3
        y: Theme.sizeRowNormal
        width: parent.width - 2 * Theme.space3
        active: line.row.editing
        sourceComponent: ChangeForm {
            orders: line.desk.orders
        }
    }
    Rectangle { anchors.bottom: parent.bottom; width: parent.width; height: Theme.strokeHair; color: Theme.line }
}
