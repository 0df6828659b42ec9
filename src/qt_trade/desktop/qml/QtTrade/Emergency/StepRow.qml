import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// One step of an emergency: how far it is, when it was done, what it found.
Item {
    id: step

    required property var row

    implicitHeight: Math.max(56, words.y + words.height + Theme.space2 + 2)

    Icon {
        x: Theme.space4
        y: Theme.space3
        name: step.row.icon
        color: Tones.ink(step.row.tone)
        size: Theme.captionLine
    }
    Txt {
        x: 42
        y: Theme.space2 + 2
        width: when.x - x - Theme.space2
        text: step.row.name
        font: Theme.title
        color: step.row.pending ? Theme.text3 : Theme.text1
    }
    Txt {
        id: when
        anchors { right: parent.right; rightMargin: Theme.space4 }
        y: Theme.space2 + 2
        text: step.row.after
        font: Theme.number
        color: Theme.text2
    }
    Txt {
        id: words
        x: 42
        y: 30
        width: parent.width - x - Theme.space4
        text: step.row.words
        font: Theme.label
        color: Theme.text2
        wrapMode: Text.WordWrap
    }
}
