import QtQuick
import QtQuick.Dialogs
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What became of orders: fills with what they brought, and every other end with its reason.
Card {
    id: card

    required property var desk
    readonly property var log: desk.tradeLog
    readonly property var view: log.view
    readonly property bool none: log.table.count === 0
    readonly property bool narrow: width < 900

    function search(): void { find.forceActiveFocus(Qt.ShortcutFocusReason); }
    function exportLog(): void {
        if (!none)
            picker.active = true;
    }

    objectName: "tradeLogCard"
    title: "Trades log"
    note: narrow ? "" : view.note
    noteTone: view.noteTone
    tools: [
        Segmented {
            objectName: "logSpan"
            name: "Days"
            options: ["Today", "Week", "Month", "All"]
            index: card.view.spanIndex
            onPicked: index => card.log.chooseSpan(index)
        },
        Segmented {
            objectName: "logOrigin"
            name: "Whose orders"
            options: ["All", "Auto", "Manual"]
            index: card.view.originIndex
            onPicked: index => card.log.chooseOrigin(index)
        },
        Field {
            id: find
            objectName: "logSearch"
            name: "Symbol or order id"
            visible: !card.narrow
            implicitWidth: 148
            implicitHeight: Theme.sizeControlSmall
            iconName: "search"
            horizontalAlignment: TextInput.AlignLeft
            placeholderText: "Symbol or id"
            text: card.view.text
            onTextEdited: card.log.search(text)
            Keys.onEscapePressed: { card.log.search(""); focus = false; }
        },
        ActionButton {
            objectName: "logResult"
            small: true
            text: card.narrow ? card.view.result : "Result: " + card.view.result
            hint: "Another result"
            onClicked: card.log.nextResult()
        },
        ActionButton {
            objectName: "logExport"
            small: true
            text: card.narrow ? "CSV" : "Export CSV"
            enabled: !card.none
            hint: enabled ? "Ctrl E" : "Nothing to export"
            onClicked: card.exportLog()
        }
    ]

    Loader {
        id: picker
        active: false
        sourceComponent: FileDialog {
            fileMode: FileDialog.SaveFile
            defaultSuffix: "csv"
            nameFilters: ["CSV (*.csv)"]
            Component.onCompleted: open()
            onAccepted: { card.log.export(selectedFile); picker.active = false; }
            onRejected: picker.active = false
        }
    }
    EmptyState {
        visible: card.none
        icon: "list"
        title: card.view.text !== "" || card.view.spanIndex < 3 ? "Nothing here with these filters" : "No order has ended yet"
        words: card.view.spanIndex < 3 ? "All shows every day that is kept." : ""
    }
    DataTable {
        objectName: "tradeLog"
        name: "Trades log"
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: foot.top }
        visible: !card.none
        model: card.log.table
        rowHeight: Theme.sizeRowCompact + 2
        columns: card.narrow
            ? [{ width: 66 }, { width: 62, strong: true }, { width: 0 }, { width: 56 }, { width: 74 }, { width: 0 }, { width: 150 }, { weight: 1 }, { width: 70 }, { width: 58 }]
            : [{ width: 72 }, { width: 72, strong: true }, { width: 66 }, { width: 56 }, { width: 76 }, { width: 92 }, { width: 162 }, { weight: 1 }, { width: 84 }, { width: 76 }]
        onOpened: key => card.desk.openSymbol(card.log.symbolOf(key))
    }
    Rectangle { anchors.bottom: foot.top; width: parent.width; height: Theme.strokeHair; color: Theme.lineStrong; visible: foot.visible }
    RowLayout {
        id: foot
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.space3; rightMargin: Theme.space3 }
        height: visible ? Theme.sizeRowNormal + 2 : 0
        visible: !card.none || card.view.told !== ""
        spacing: Theme.space4
        Txt { objectName: "logFilled"; text: card.view.sums.filled ?? ""; font: Theme.title }
        Txt { objectName: "logValue"; text: (card.view.sums.value ?? "") + " USD"; font: Theme.number }
        Txt { objectName: "logClosed"; text: card.view.sums.closed ?? ""; font: Theme.title }
        Txt { objectName: "logRealized"; text: card.view.sums.realized ?? ""; font: Theme.number; color: Tones.ink(card.view.sums.tone ?? "") }
        Txt {
            objectName: "logTold"
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignRight
            text: card.view.told !== "" ? card.view.told : card.view.kept
            font: Theme.caption
            color: card.view.told !== "" ? Tones.ink(card.view.toldTone) : Theme.text3
        }
    }
}
