import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// One stage of one symbol: a tick and its words, a dash and the reason, or nothing.
Item {
    id: cell

    required property var step
    property string move: ""
    property string moveTone: ""
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
            width: cell.width - x - Theme.space2 - (moved.visible ? moved.implicitWidth + Theme.space2 : 0)
            text: cell.step.text
            font: Theme.number
            color: cell.stale ? Theme.text2 : Theme.text1
            wrapMode: Text.WordWrap
            maximumLineCount: 2
        }
    }
    Delta {
        id: moved
        anchors { right: parent.right; rightMargin: Theme.space2; verticalCenter: parent.verticalCenter }
        visible: cell.step.reached && cell.move !== ""
        text: cell.move
        tone: cell.moveTone
        stale: cell.stale
    }
}
