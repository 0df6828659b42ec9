import QtQuick
import QtTrade.Theme

// Move and confidence, right-aligned; "no signal" is written out.
Item {
    id: cell

    required property string move
    required property string confidence
    property string tone: ""
    property bool stale: false
    property string subject: ""
    property string name: ""

    implicitHeight: Theme.sizeRowCompact

    AgeSource { subject: cell.subject; value: cell.move; name: cell.name }

    Row {
        anchors { right: parent.right; verticalCenter: parent.verticalCenter }
        spacing: Theme.space2
        Delta {
            text: cell.move
            tone: cell.tone
            stale: cell.stale
            font: cell.confidence === "" ? Theme.caption : Theme.number
        }
        Txt {
            width: 28
            anchors.verticalCenter: parent.verticalCenter
            horizontalAlignment: Text.AlignRight
            text: cell.confidence
            font: Theme.caption
            color: Theme.text3
        }
    }
}
