import QtQuick
import QtTrade.Theme

// Move and confidence, right-aligned; "no signal" is written out. What is not proven is small and
// grey, and its mark says in words what is not: where both have no room, the mark stands.
Item {
    id: cell

    required property string move
    required property string confidence
    property string mark: ""
    property string tone: ""
    property bool stale: false
    property string subject: ""
    property string name: ""
    property string words: ""
    readonly property bool weak: mark !== "" || confidence === ""
    readonly property real room: width - delta.implicitWidth - line.spacing
    readonly property bool both: room >= percent.width + line.spacing + said.implicitWidth + Theme.space3

    implicitHeight: Theme.sizeRowCompact

    AgeSource { subject: cell.subject; value: cell.move; name: cell.name; told: cell.words }

    Row {
        id: line
        anchors { right: parent.right; verticalCenter: parent.verticalCenter }
        spacing: cell.mark === "" ? Theme.space2 : Theme.space1 + 1
        Delta {
            id: delta
            text: cell.move
            tone: cell.tone
            stale: cell.stale
            font: cell.weak ? Theme.caption : Theme.number
        }
        Txt {
            id: percent
            width: 28
            visible: text !== "" && (cell.mark === "" || cell.both)
            anchors.verticalCenter: parent.verticalCenter
            horizontalAlignment: Text.AlignRight
            text: cell.confidence
            font: Theme.caption
            color: Theme.text3
        }
        Txt {
            id: said
            visible: text !== ""
            width: Math.min(implicitWidth, Math.max(0, cell.room))
            anchors.verticalCenter: parent.verticalCenter
            text: cell.mark
            font: Theme.caption
            color: Theme.text3
        }
    }
}
