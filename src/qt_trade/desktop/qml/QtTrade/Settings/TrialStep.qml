import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// One step of the trial: its mark, what was found, and how to mend what failed.
Item {
    id: step

    required property var row

    implicitHeight: words.height + (fix.visible ? fix.height : 0) + Theme.space2
    Accessible.role: Accessible.ListItem
    Accessible.name: row.name + ": " + row.words + " " + row.fix

    Icon {
        y: Theme.space1
        name: step.row.icon
        color: Tones.ink(step.row.tone)
        size: Theme.captionLine - 1
    }
    Txt {
        x: Theme.space5
        y: Theme.space1
        width: 112
        text: step.row.name
        font: Theme.number
        verticalAlignment: Text.AlignTop
        color: step.row.tone === "faint" ? Theme.text3 : Theme.text1
    }
    Txt {
        id: words
        x: Theme.space5 + 120
        y: Theme.space1
        width: parent.width - x - took.width - Theme.space3
        height: Math.max(Theme.bodyLine, implicitHeight)
        text: step.row.words
        color: step.row.tone === "crit" ? Theme.crit : step.row.tone === "faint" ? Theme.text3 : Theme.text2
        wrapMode: Text.WordWrap
        verticalAlignment: Text.AlignTop
    }
    Txt {
        id: fix
        x: words.x
        y: words.y + words.height
        width: parent.width - x - Theme.space3
        height: implicitHeight
        visible: text !== ""
        text: step.row.fix
        font: Theme.label
        color: step.row.tone === "crit" ? Theme.text1 : Theme.text3
        wrapMode: Text.WordWrap
    }
    Txt {
        id: took
        anchors.right: parent.right
        y: Theme.space1 + 2
        width: 64
        horizontalAlignment: Text.AlignRight
        text: step.row.took
        font: Theme.caption
        color: Theme.text3
    }
}
