import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// One stage of one symbol: a tick and its words, a dash and the reason, or nothing. The last stage
// has the room of those that were not reached.
Item {
    id: cell

    required property var step
    property real room: width
    property bool stale: false

    Layout.fillWidth: true
    Layout.fillHeight: true

    Row {
        visible: cell.step.reached && cell.step.text !== ""
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.space2
        Icon {
            y: 2
            name: cell.step.passed ? "check" : "dash"
            color: cell.stale ? Theme.text3 : cell.step.passed ? Theme.ok : Theme.warn
            size: Theme.captionLine - 1
        }
        Txt {
            width: (cell.step.ended ? cell.room : cell.width) - x - Theme.space2
            text: cell.step.text
            font: cell.step.passed ? Theme.number : Theme.body
            color: cell.stale ? Theme.text2 : Theme.text1
            wrapMode: Text.WordWrap
            maximumLineCount: 2
        }
    }
}
