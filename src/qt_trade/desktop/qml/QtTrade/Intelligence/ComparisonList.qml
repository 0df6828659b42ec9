pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Two models' figures side by side.
ListView {
    id: list

    property string first: ""
    property string second: ""
    property bool stale: false

    clip: true
    boundsBehavior: Flickable.StopAtBounds
    activeFocusOnTab: count > 0
    Accessible.role: Accessible.List
    Accessible.name: first + " beside " + second
    T.ScrollBar.vertical: ThinScrollBar {}
    Keys.onUpPressed: flick(0, 400)
    Keys.onDownPressed: flick(0, -400)

    component Line: Item {
        id: line
        property string caption: ""
        property string ours: ""
        property string theirs: ""
        property bool head: false
        readonly property real first: width * 0.34
        readonly property real each: (width - first) / 2
        height: Theme.sizeRowCompact - 2
        Accessible.role: Accessible.ListItem
        Accessible.name: caption + ": " + ours + ", " + theirs
        Txt { width: line.first - Theme.space2; height: line.height; text: line.caption; font: Theme.label; color: Theme.text2; Accessible.ignored: true }
        Txt { x: line.first; width: line.each - Theme.space2; height: line.height; horizontalAlignment: Text.AlignRight; text: line.ours; font: line.head ? Theme.label : Theme.caption; color: list.stale ? Theme.text3 : Theme.text1; Accessible.ignored: true }
        Txt { x: line.first + line.each; width: line.each - Theme.space1; height: line.height; horizontalAlignment: Text.AlignRight; text: line.theirs; font: line.head ? Theme.label : Theme.caption; color: list.stale ? Theme.text3 : Theme.text1; Accessible.ignored: true }
        HoverHandler { id: over }
        Tip { visible: over.hovered && !line.head; text: line.caption + ": " + line.ours + " beside " + line.theirs }
    }

    header: Line { width: list.width - Theme.space3; head: true; ours: list.first; theirs: list.second }
    delegate: Line {
        id: figure
        required property var row
        width: list.width - Theme.space3
        caption: row.caption
        ours: row.left
        theirs: row.right
        Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.line }
    }
}
