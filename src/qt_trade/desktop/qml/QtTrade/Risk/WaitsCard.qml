pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Symbols that may not be opened: cooling down, or excluded by a person.
Card {
    id: card

    required property var desk
    readonly property var view: desk.risk.view

    objectName: "waitsCard"
    title: width < 440 ? "Cooldowns" : "Cooldowns and excluded symbols"
    count: view.waitsCount
    note: view.note
    noteTone: view.noteTone
    noteSubject: "risk//waits"
    tools: ActionButton {
        objectName: "excludeAsk"
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        small: true
        text: card.width < 440 ? "+ Exclude" : "+ Exclude symbol"
        Accessible.name: "Exclude symbol"
        enabled: card.view.canChange && !card.view.excluding
        hint: card.view.changeHint
        onClicked: card.desk.risk.askExclude()
    }

    component Line: Item {
        id: line
        required property var row
        property bool head: false
        signal removeWanted(string symbol)
        Txt { x: Theme.space3; width: 64; height: line.height; text: line.row.symbol; font: line.head ? Theme.caption : Theme.title; color: line.head ? Theme.text3 : Theme.text1 }
        Txt { x: 76; width: until.x - x - Theme.space2; height: line.height; text: line.row.why; font: line.head ? Theme.caption : Theme.body; color: line.head ? Theme.text3 : Theme.text2
            HoverHandler { id: over }
            Tip { visible: over.hovered && parent.truncated; text: line.row.why }
        }
        Txt { id: until; x: line.width - 84 - width; width: Math.max(90, implicitWidth); height: line.height; horizontalAlignment: Text.AlignRight; text: line.row.until; font: line.head ? Theme.caption : Theme.number; color: line.head ? Theme.text3 : Theme.text1 }
        ActionButton {
            objectName: "remove-" + line.row.symbol
            anchors { right: parent.right; rightMargin: Theme.space2; verticalCenter: parent.verticalCenter }
            visible: line.row.removable === true
            kind: "link"
            small: true
            text: "Remove"
            enabled: card.view.canChange
            hint: card.view.changeHint
            onClicked: line.removeWanted(line.row.symbol)
        }
    }

    EmptyState {
        visible: rows.count === 0 && !ask.visible
        icon: "check"
        title: "Every symbol may be opened"
        words: "None cools down, none is excluded."
    }
    RowLayout {
        id: ask
        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.space3; rightMargin: Theme.space3 }
        visible: card.view.excluding
        height: visible ? Theme.sizeControl + Theme.space1 : 0
        spacing: Theme.space2
        onVisibleChanged: {
            if (visible) {
                symbol.text = "";
                symbol.forceActiveFocus();
            }
        }
        Keys.onEscapePressed: card.desk.risk.keep()
        Field {
            id: symbol
            objectName: "excludeSymbol"
            name: "Symbol to exclude"
            Layout.preferredWidth: 104
            horizontalAlignment: TextInput.AlignLeft
            maximumLength: 14
            placeholderText: "Symbol"
            Keys.onReturnPressed: card.desk.risk.exclude(text)
        }
        Txt {
            objectName: "excludeWords"
            Layout.fillWidth: true
            text: card.view.result !== "" ? card.view.result : "Tighter. It is in force at once."
            font: Theme.label
            color: card.view.result !== "" ? Tones.ink(card.view.resultTone) : Theme.text2
        }
        ActionButton { objectName: "excludeKeep"; small: true; text: "Back"; onClicked: card.desk.risk.keep() }
        ActionButton {
            objectName: "excludeConfirm"
            kind: "primary"
            small: true
            text: "Exclude"
            enabled: symbol.text.trim() !== "" && card.view.canChange
            hint: card.view.changeHint
            onClicked: card.desk.risk.exclude(symbol.text)
        }
    }
    Line {
        id: head
        visible: rows.count > 0
        anchors.top: ask.bottom
        width: parent.width
        height: Theme.sizeRowNormal - 2
        head: true
        row: ({ symbol: "Symbol", why: "Why", until: "Until" })
    }
    ListView {
        id: rows
        objectName: "waitRows"
        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom }
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: card.desk.risk.waits
        T.ScrollBar.vertical: ThinScrollBar {}
        delegate: Line {
            width: rows.width
            height: Theme.sizeRowNormal
            onRemoveWanted: symbol => card.desk.risk.askRemove(symbol)
            Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.line }
        }
    }
}
