import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// One position that is being closed, or the head of their list.
Item {
    id: line

    required property var row
    property bool head: false
    readonly property color faint: Theme.text3

    Txt {
        x: Theme.space3
        width: parent.width * 0.3
        height: parent.height
        text: line.row.symbol
        font: line.head ? Theme.caption : Theme.title
        color: line.head ? line.faint : Theme.text1
    }
    Txt {
        x: parent.width * 0.3
        width: parent.width * 0.2
        height: parent.height
        horizontalAlignment: Text.AlignRight
        text: line.row.quantity
        font: line.head ? Theme.caption : Theme.number
        color: line.head ? line.faint : Theme.text1
    }
    Txt {
        x: parent.width * 0.5
        width: parent.width * 0.155
        height: parent.height
        horizontalAlignment: Text.AlignRight
        text: line.row.worth
        font: line.head ? Theme.caption : Theme.number
        color: line.head ? line.faint : Theme.text1
    }
    Txt {
        visible: line.head
        x: parent.width * 0.68
        height: parent.height
        text: line.row.state
        font: Theme.caption
        color: line.faint
    }
    Chip {
        visible: !line.head
        x: parent.width * 0.68
        anchors.verticalCenter: parent.verticalCenter
        text: line.head ? "" : line.row.state
        icon: line.head ? "" : line.row.icon
        tone: line.head ? "" : line.row.tone
        dashed: !line.head && line.row.icon === "question"
        small: true
    }
    Txt {
        anchors { right: parent.right; rightMargin: Theme.space3 }
        width: parent.width * 0.16
        height: parent.height
        horizontalAlignment: Text.AlignRight
        text: line.row.filled
        font: line.head ? Theme.caption : Theme.number
        color: line.head ? line.faint : Theme.text2
    }
    HoverHandler { id: hover }
    Tip {
        visible: hover.hovered && !line.head && line.row.words !== ""
        text: line.head ? "" : line.row.words
    }
}
