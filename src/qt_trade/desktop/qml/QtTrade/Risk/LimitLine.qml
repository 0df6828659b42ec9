import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// One limit, or the head of the list.
Item {
    id: line

    required property var row
    property bool head: false
    property bool wide: true
    property bool stale: false
    property bool canChange: false
    property string hint: ""
    readonly property real meterAt: width * (wide ? 0.485 : 0.52)
    readonly property real wordsAt: width * (wide ? 0.765 : 0.72)
    readonly property bool waits: !head && (row.pending ?? "") !== ""
    signal changeWanted(string name)

    component Word: Txt {
        height: line.height
        font: line.head ? Theme.caption : Theme.number
        color: line.head ? Theme.text3 : line.stale ? Theme.text3 : Theme.text1
    }

    Rectangle {
        anchors.fill: parent
        visible: !line.head && line.row.asked === true
        color: Theme.selected
    }
    Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.line; visible: !line.head; y: -1 }
    Word {
        x: Theme.space3
        width: line.width * (line.wide ? 0.16 : 0.2) - x
        text: line.row.title
        font: line.head ? Theme.caption : Theme.title
        color: line.head ? Theme.text3 : Theme.text1
    }
    Word {
        x: line.width * (line.wide ? 0.16 : 0.2)
        width: line.width * (line.wide ? 0.175 : 0.165)
        horizontalAlignment: Text.AlignRight
        text: line.row.used
    }
    Word {
        x: line.width * (line.wide ? 0.335 : 0.365)
        width: line.width * (line.wide ? 0.14 : 0.145)
        horizontalAlignment: Text.AlignRight
        text: line.row.allowed
        color: line.head ? Theme.text3 : Theme.text2
    }
    Meter {
        visible: !line.head
        x: line.meterAt
        anchors.verticalCenter: parent.verticalCenter
        width: share.x - x - Theme.space1
        implicitHeight: 7
        value: line.head ? 0 : line.row.share
        fill: line.stale ? Theme.text3 : line.head ? Theme.accent : Tones.ink(line.row.tone)
    }
    Word {
        id: share
        x: line.wordsAt - width - Theme.space3
        width: 48
        horizontalAlignment: Text.AlignRight
        text: line.row.shareText
        font: line.head ? Theme.caption : Theme.title
    }
    Txt {
        x: line.wordsAt
        width: change.x - x - Theme.space2
        height: line.height
        text: line.waits ? "→ " + line.row.pending : line.row.atLimit
        font: line.head ? Theme.caption : Theme.label
        color: line.head ? Theme.text3 : line.waits ? Theme.warn : Theme.text2
        HoverHandler { id: over }
        Tip {
            visible: over.hovered && !line.head && (line.waits || parent.truncated)
            text: line.waits ? "Waits. Change it back to take it back.\nAt the limit: " + line.row.atLimit : parent.text
        }
    }
    ActionButton {
        id: change
        objectName: "change-" + (line.head ? "" : line.row.name)
        anchors { right: parent.right; rightMargin: Theme.space2; verticalCenter: parent.verticalCenter }
        visible: !line.head && line.row.changeable === true
        kind: "link"
        small: true
        height: Math.min(implicitHeight, line.height)
        text: "Change"
        enabled: line.canChange
        hint: line.hint
        onClicked: line.changeWanted(line.row.name)
    }
}
