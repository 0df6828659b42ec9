pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// What stops by itself: at what it opens, and where it stands.
Card {
    id: card

    required property var desk
    readonly property var view: desk.risk.view

    objectName: "breakersCard"
    title: "Circuit breakers"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "risk//breakers"

    component Line: Item {
        id: line
        required property var row
        property bool head: false
        readonly property bool tight: width < 420
        readonly property real stateX: Math.max(96, width * 0.24)
        readonly property real opensX: Math.max(stateX + (tight ? 66 : 86), width * 0.43)
        readonly property real nowX: width * 0.7
        Txt { x: Theme.space3; width: line.stateX - x - Theme.space1; height: line.height; text: line.row.title; font: line.head ? Theme.caption : Theme.title; color: line.head ? Theme.text3 : Theme.text1 }
        Txt { visible: line.head; x: line.stateX; height: line.height; text: "State"; font: Theme.caption; color: Theme.text3 }
        Chip {
            visible: !line.head
            x: line.stateX
            anchors.verticalCenter: parent.verticalCenter
            text: line.head ? "" : line.row.state
            icon: line.head || line.tight ? "" : line.row.icon
            tone: line.head ? "" : card.view.stale ? "faint" : line.row.tone
            small: true
        }
        Txt { x: line.opensX; width: line.nowX - x - Theme.space2; height: line.height; text: line.row.opensAt; font: line.head ? Theme.caption : Theme.body; color: line.head ? Theme.text3 : Theme.text2 }
        Txt {
            x: line.nowX
            width: line.width - x - Theme.space3
            height: line.height
            horizontalAlignment: Text.AlignRight
            text: line.row.now
            font: line.head ? Theme.caption : Theme.body
            color: line.head ? Theme.text3 : line.row.nowTone === "" || card.view.stale ? Theme.text2 : Tones.ink(line.row.nowTone)
        }
        HoverHandler { id: over }
        Tip {
            visible: over.hovered && !line.head
            text: line.head ? "" : line.row.title + ": opens at " + line.row.opensAt + ", now " + line.row.now + (line.row.lifts === "" ? "" : "\n" + line.row.lifts)
        }
    }

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "Risk has published nothing yet" }
    Line {
        id: head
        visible: card.view.known
        width: parent.width
        height: Theme.sizeRowNormal - 2
        head: true
        row: ({ title: "Breaker", opensAt: "Opens at", now: "Now" })
    }
    ListView {
        id: rows
        objectName: "breakerRows"
        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom }
        visible: card.view.known
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: card.desk.risk.breakers
        T.ScrollBar.vertical: ThinScrollBar {}
        delegate: Line {
            width: rows.width
            height: rows.count > 5 ? Theme.sizeRowCompact : Theme.sizeRowNormal
            Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.line }
        }
    }
}
