import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// One fill of a receipt, its head, or its sum.
Item {
    id: line

    required property var row
    property bool head: false
    property bool strong: false
    readonly property bool stuck: !head && !strong && row.open === true

    component Cell: Txt {
        height: line.height
        horizontalAlignment: Text.AlignRight
        font: line.head ? Theme.caption : line.strong ? Theme.title : Theme.number
        color: line.head ? Theme.text3 : line.stuck ? Theme.warn : Theme.text1
    }
    Cell { x: Theme.space3; width: line.width * 0.26; horizontalAlignment: Text.AlignLeft; text: line.row.symbol; font: line.head ? Theme.caption : Theme.title }
    Cell { x: line.width * 0.24; width: line.width * 0.12; text: line.row.quantity }
    Cell { x: line.width * 0.36; width: line.width * 0.19; text: line.row.price }
    Cell { x: line.width * 0.55; width: line.width * 0.26; text: line.row.value }
    Cell { x: line.width * 0.81; width: line.width * 0.19 - Theme.space3; text: line.row.after }
    HoverHandler { id: over }
    Tip { visible: over.hovered && line.stuck; text: line.stuck ? line.row.words : "" }
}
