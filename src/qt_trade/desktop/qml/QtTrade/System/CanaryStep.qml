import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// One step of the canary's way: how it went, when it began, how long it took.
RowLayout {
    id: step

    required property var row
    property bool stale: false

    spacing: Theme.space2
    Accessible.role: Accessible.ListItem
    Accessible.name: row.name + " " + row.words + " " + row.took

    Icon {
        name: step.row.open ? "clock" : step.row.ok ? "check" : "cross"
        color: step.stale ? Theme.text3 : step.row.open ? Theme.text2 : step.row.ok ? Theme.ok : Theme.crit
        size: Theme.captionLine - 2
    }
    Txt {
        Layout.preferredWidth: Math.max(76, step.width * 0.16)
        text: step.row.name
        font: Theme.number
        color: step.stale ? Theme.text2 : Theme.text1
    }
    Txt {
        id: words
        Layout.preferredWidth: Math.max(112, step.width * 0.36)
        text: step.row.words
        font: Theme.caption
        color: Theme.text3
        HoverHandler { id: hover }
        Tip {
            visible: hover.hovered && words.truncated
            text: step.row.words
        }
    }
    Item {
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.space2
        Rectangle { anchors.fill: parent; radius: 2; color: Theme.raised }
        Rectangle {
            x: Math.min(parent.width - width, parent.width * step.row.begun)
            width: Math.max(2, parent.width * step.row.long)
            height: parent.height
            radius: 2
            visible: step.row.took !== "—"
            color: step.stale ? Theme.text3 : step.row.ok ? Theme.accent : Theme.crit
        }
    }
    Txt {
        Layout.preferredWidth: 66
        horizontalAlignment: Text.AlignRight
        text: step.row.took
        font: Theme.number
        color: step.stale ? Theme.text3 : Theme.text1
        AgeSource { subject: "canary/" + step.row.name + "/step"; value: step.row.took; name: step.row.name }
    }
}
