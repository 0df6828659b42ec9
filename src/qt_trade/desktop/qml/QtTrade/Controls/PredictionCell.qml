import QtQuick
import QtTrade.Theme

// Move and confidence, right-aligned; "no signal" is written out.
Item {
    id: cell

    required property var cell
    property bool stale: false

    implicitHeight: Theme.sizeRowCompact

    Row {
        anchors { right: parent.right; verticalCenter: parent.verticalCenter }
        spacing: Theme.space2
        Delta {
            text: cell.cell.move
            tone: cell.cell.tone
            stale: cell.stale || cell.cell.confidence === ""
            font: cell.cell.confidence === "" ? Theme.label : Theme.number
        }
        Txt {
            width: 28
            anchors.verticalCenter: parent.verticalCenter
            horizontalAlignment: Text.AlignRight
            visible: text !== ""
            text: cell.cell.confidence
            font: Theme.caption
            color: Theme.text3
        }
    }
}
