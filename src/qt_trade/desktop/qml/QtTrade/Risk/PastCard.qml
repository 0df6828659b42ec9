pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Emergency actions of the past; the selected one's receipt stands beside.
Card {
    id: card

    required property var desk
    readonly property var view: desk.risk.view

    objectName: "pastCard"
    title: "Past emergency actions"
    count: view.receiptsCount
    note: view.pastNote

    component Line: Item {
        id: line
        required property var row
        property bool head: false
        readonly property font words: head ? Theme.caption : Theme.body
        readonly property color ink: head ? Theme.text3 : Theme.text2
        Txt { x: Theme.space3; width: line.width * 0.185 - x; height: line.height; text: line.row.when; font: line.words; color: line.ink }
        Txt { x: line.width * 0.19; width: line.width * 0.125; height: line.height; text: line.row.what; font: line.head ? Theme.caption : Theme.title; color: line.head ? Theme.text3 : Theme.text1 }
        Txt { x: line.width * 0.32; width: line.width * 0.13; height: line.height; text: line.row.by; font: line.words; color: line.ink }
        Txt { x: line.width * 0.455; width: line.width * 0.24; height: line.height; text: line.row.scope; font: line.words; color: line.ink }
        Txt { x: line.width * 0.69; width: line.width * 0.08; height: line.height; horizontalAlignment: Text.AlignRight; text: line.row.took; font: line.head ? Theme.caption : Theme.number; color: line.head ? Theme.text3 : Theme.text1 }
        Txt { visible: line.head; x: line.width * 0.79; height: line.height; text: "Result"; font: Theme.caption; color: Theme.text3 }
        Chip {
            visible: !line.head
            x: line.width * 0.79
            anchors.verticalCenter: parent.verticalCenter
            text: line.head ? "" : line.row.result
            icon: line.head ? "" : line.row.icon
            tone: line.head ? "" : line.row.tone
            small: true
        }
    }

    EmptyState {
        visible: rows.count === 0
        icon: "panic"
        title: "No emergency so far"
        words: "What is stopped, cancelled or closed leaves its receipt here."
    }
    Line {
        id: head
        visible: rows.count > 0
        width: parent.width
        height: Theme.sizeRowNormal - 2
        head: true
        row: ({ when: "When", what: "What", by: "By", scope: "Scope", took: "Took" })
    }
    ListView {
        id: rows
        objectName: "pastRows"
        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom }
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: card.desk.risk.receipts
        activeFocusOnTab: count > 0
        T.ScrollBar.vertical: ThinScrollBar {}
        Keys.onUpPressed: card.step(-1)
        Keys.onDownPressed: card.step(1)
        delegate: Line {
            id: action
            required property int index
            width: rows.width
            height: Theme.sizeRowNormal
            objectName: "past" + index
            Rectangle {
                anchors.fill: parent
                z: -1
                color: action.row.selected ? Theme.selected : hover.hovered ? Theme.hover : "transparent"
                Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.line }
            }
            HoverHandler { id: hover }
            TapHandler { onTapped: card.desk.risk.chooseReceipt(action.row.key) }
        }
        Rectangle {
            anchors.fill: parent
            visible: rows.activeFocus
            color: "transparent"
            border.color: Theme.focus
            border.width: Theme.strokeFocus
            radius: Theme.radiusChip
        }
    }
    function step(by: int): void {
        for (let i = 0; i < rows.count; ++i) {
            const row = rows.itemAtIndex(i);
            const next = rows.itemAtIndex(i + by);
            if (row !== null && row.row.selected && next !== null) {
                card.desk.risk.chooseReceipt(next.row.key);
                return;
            }
        }
    }
}
