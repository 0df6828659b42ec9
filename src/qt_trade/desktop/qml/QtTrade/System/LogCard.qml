pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// The last lines of every role's log, newest first; held, it stands still while one reads.
Card {
    id: card

    required property var desk
    readonly property var view: desk.system.log
    readonly property bool narrow: width < 480

    objectName: "logCard"
    title: "Log"
    count: view.held ? view.heldWords : narrow ? "" : "wall time, ET"
    note: view.note
    noteTone: view.noteTone
    tools: Row {
        spacing: Theme.space2
        Segmented {
            objectName: "logLevel"
            name: "Lines"
            options: ["All", "Warnings", "Errors"]
            index: card.view.level
            onPicked: index => card.desk.system.chooseLevel(index)
        }
        Field {
            objectName: "logFilter"
            name: "Filter the log"
            width: card.narrow ? 66 : 118
            height: Theme.sizeControlSmall
            horizontalAlignment: TextInput.AlignLeft
            placeholderText: "Filter"
            iconName: card.narrow ? "" : "search"
            onTextEdited: card.desk.system.filterLog(text)
        }
        ActionButton {
            objectName: "logHold"
            small: true
            iconName: card.view.held ? "play" : "pause"
            text: card.view.held ? "Go on" : "Hold"
            onClicked: card.desk.system.holdLog()
        }
    }

    WaitingBars { visible: !card.view.known; words: card.desk.shell.waiting }
    EmptyState {
        visible: card.view.known && card.view.none
        icon: "list"
        title: card.view.filtered ? "No line fits" : "Nothing was logged yet"
        words: card.view.filtered ? "The last lines of all roles hold nothing of it." : ""
    }
    ListView {
        id: list
        objectName: "logLines"
        anchors { fill: parent; leftMargin: Theme.space3; rightMargin: Theme.space1; topMargin: Theme.space2; bottomMargin: Theme.space2 }
        visible: !card.view.none
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        reuseItems: true
        keyNavigationEnabled: true
        activeFocusOnTab: true
        T.ScrollBar.vertical: ThinScrollBar {}
        model: card.desk.system.lines
        FocusRing { control: list; shown: list.activeFocus }
        Accessible.role: Accessible.List
        Accessible.name: "Log lines"
        // New lines come in above; the top stays in sight unless somebody has scrolled down.
        onCountChanged: if (contentY <= originY + 3 * 20) positionViewAtBeginning()
        delegate: Item {
            id: line
            required property var extra
            required property string tone
            required property string display
            width: ListView.view.width - Theme.space3
            height: 20
            Accessible.role: Accessible.ListItem
            Accessible.name: display
            Txt { id: time; width: 62; height: parent.height; text: line.extra.time; font: Theme.mono; color: Theme.text3; Accessible.ignored: true }
            Txt { id: level; x: 64; width: 40; height: parent.height; text: line.extra.level; font: Theme.mono; color: Tones.ink(line.tone === "faint" ? "muted" : line.tone); Accessible.ignored: true }
            Txt { id: source; x: 106; width: 68; height: parent.height; text: line.extra.source; font: Theme.mono; color: Theme.text2; Accessible.ignored: true }
            Txt { x: 178; width: parent.width - x; height: parent.height; text: line.extra.words; maximumLineCount: 1; font: Theme.mono; Accessible.ignored: true }
            HoverHandler { id: hover }
            Tip {
                visible: hover.hovered && line.extra.words.length > 60
                width: Math.min(implicitWidth, list.width)
                text: line.extra.words
            }
        }
    }
}
