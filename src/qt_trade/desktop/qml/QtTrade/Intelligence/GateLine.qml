import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// One gate of a promotion: its sign, its name, what it says; long words stand under the name.
Item {
    id: line

    required property var row
    property bool stale: false
    property bool tight: false
    property int linesMax: 2
    readonly property bool below: !tight && saying.advanceWidth > Math.max(60, width - title.x - title.implicitWidth - Theme.space3)

    implicitHeight: below ? Theme.bodyLine + under.contentHeight + Theme.space1 : tight ? Theme.sizeRowCompact - 2 : Theme.sizeRowNormal
    Accessible.role: Accessible.ListItem
    Accessible.name: row.name + ", " + row.state + ": " + row.words

    // Asking a text for its implicit size lays it out, which would change what is being asked.
    TextMetrics { id: saying; font: Theme.number; text: line.row.words }

    Icon {
        y: (title.height - height) / 2
        name: line.row.icon
        color: line.stale ? Theme.text3 : Tones.ink(line.row.tone)
        size: Theme.captionLine - 1
    }
    Txt {
        id: title
        x: Theme.space4 + Theme.space2
        height: line.below ? Theme.bodyLine : line.height
        width: Math.min(implicitWidth, line.below ? line.width - x : line.width - x - Math.min(saying.advanceWidth, line.width * 0.5) - Theme.space2)
        text: line.row.name
        color: line.row.open ? Theme.text2 : Theme.text1
        Accessible.ignored: true
    }
    Txt {
        id: told
        anchors { right: parent.right; left: title.right; leftMargin: Theme.space2 }
        visible: !line.below
        height: line.height
        horizontalAlignment: Text.AlignRight
        text: line.row.words
        font: Theme.number
        color: line.stale ? Theme.text3 : line.row.open ? Theme.text1 : Tones.ink(line.row.tone)
        Accessible.ignored: true
    }
    Txt {
        id: under
        anchors { left: title.left; right: parent.right; top: title.bottom }
        visible: line.below
        text: line.row.words
        font: Theme.label
        color: line.stale ? Theme.text3 : line.row.open ? Theme.text2 : Tones.ink(line.row.tone)
        wrapMode: Text.Wrap
        maximumLineCount: line.linesMax
        Accessible.ignored: true
    }
    HoverHandler { id: over }
    Tip { visible: over.hovered && (told.visible && told.truncated || under.visible && under.truncated || title.truncated); text: line.row.name + ": " + line.row.words }
}
