pragma ComponentBehavior: Bound
import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// The symbols in force and those asked for; a click shows one above, A adds one, Del takes one out.
Card {
    id: card

    required property var desk
    readonly property var view: desk.market
    readonly property var watch: desk.markets.watch.view
    readonly property bool narrow: width < 1240
    readonly property bool tight: width < 1100

    // What the key A does.
    function begin(): void { field.forceActiveFocus(Qt.ShortcutFocusReason); }

    objectName: "watchListCard"
    title: "Watch list"
    count: watch.count
    note: view.watchNote
    noteTone: view.watchTone
    noteSubject: "market//feed"
    tools: [
        Txt {
            objectName: "watchNote"
            anchors.verticalCenter: parent.verticalCenter
            visible: text !== ""
            width: Math.min(implicitWidth, Math.max(120, card.width - 760))
            text: card.watch.error !== "" ? card.watch.error : card.watch.note
            font: Theme.label
            color: card.watch.error !== "" ? Theme.crit : Theme.text2
            HoverHandler { id: hover }
            Tip {
                visible: hover.hovered && parent.truncated
                text: parent.text
            }
        },
        ActionButton {
            objectName: "watchUndo"
            anchors.verticalCenter: parent.verticalCenter
            visible: text !== ""
            kind: "link"
            small: true
            text: card.watch.undo
            onClicked: card.desk.markets.watch.undo()
        },
        Field {
            id: field
            objectName: "watchAdd"
            anchors.verticalCenter: parent.verticalCenter
            width: card.narrow ? 132 : 168
            implicitHeight: Theme.sizeControlSmall
            horizontalAlignment: TextInput.AlignLeft
            name: "Add a symbol"
            placeholderText: "Add symbol"
            iconName: "plus"
            unit: activeFocus || text !== "" ? "" : "A"
            enabled: card.watch.canEdit
            hint: card.watch.hint
            error: card.watch.error
            font.capitalization: Font.AllUppercase
            onTextEdited: if (card.watch.error !== "") card.desk.markets.watch.dismiss()
            onAccepted: if (card.desk.markets.watch.add(text)) clear()
            Keys.onEscapePressed: {
                clear();
                card.desk.markets.watch.dismiss();
                table.forceActiveFocus(Qt.OtherFocusReason);
            }
        },
        Segmented {
            objectName: "watchFilter"
            anchors.verticalCenter: parent.verticalCenter
            name: "Part of the list"
            options: card.watch.filters
            index: card.watch.filterIndex
            onPicked: index => card.desk.markets.watch.choose(index)
        },
        Txt {
            anchors.verticalCenter: parent.verticalCenter
            visible: !card.narrow && card.watch.error === "" && card.watch.note === ""
            text: "prediction: move, confidence, skill"
            font: Theme.caption
            color: Theme.text3
        }
    ]

    WaitingBars { visible: card.desk.tables.watchList.count === 0 && card.watch.count === ""; words: card.desk.shell.waiting }
    EmptyState {
        objectName: "watchEmpty"
        visible: card.desk.tables.watchList.count === 0 && card.watch.count !== ""
        icon: "list"
        title: card.watch.empty
    }
    DataTable {
        id: table
        objectName: "watchList"
        name: "Watch list"
        anchors.fill: parent
        visible: card.desk.tables.watchList.count > 0
        model: card.desk.tables.watchList
        rowHeight: Theme.sizeRowCompact + 2
        selectedKey: card.view.symbol
        columns: [
            card.tight ? { width: 76 } : { weight: 2 }, { weight: 0.9 }, { weight: 1 }, card.narrow ? { width: 0 } : { weight: 0.9 },
            { weight: 0.9 }, { weight: 0.9 }, { weight: 0.85 }, card.tight ? { width: 0 } : { weight: 0.9 }, { width: card.narrow ? 88 : 112 },
            { weight: 0.8 }, { weight: 0.7 }, { weight: card.tight ? 1.5 : 1.85 }, { weight: card.tight ? 1.5 : 1.85 }, { weight: card.tight ? 1.5 : 1.85 }, { width: 20 }
        ]
        selects: true
        onOpened: key => card.desk.selectSymbol(key)
        onRemoved: key => card.desk.markets.watch.remove(key)
    }
}
