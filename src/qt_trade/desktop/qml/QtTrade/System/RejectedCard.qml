import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// What did not fit the contract: which field, which value, why. The selected one in its raw form.
Card {
    id: card

    required property var desk
    readonly property var view: desk.system.rejected
    readonly property var table: desk.system.rejectedTable
    readonly property bool none: table.count === 0
    readonly property bool open: view.selected !== ""

    objectName: "rejectedCard"
    title: "Rejected messages"
    count: view.count
    note: view.note
    noteTone: view.noteTone

    WaitingBars { visible: !card.view.known; words: card.desk.shell.waiting }
    EmptyState {
        visible: card.view.known && card.none
        icon: "check"
        title: "No message was refused"
        words: "What does not fit the contract is kept here with its field and the reason."
    }
    DataTable {
        objectName: "rejectedTable"
        name: "Rejected messages"
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: card.open ? detail.top : parent.bottom }
        visible: !card.none
        model: card.table
        selectedKey: card.view.selected
        columns: [
            { width: 68 }, { weight: 1.3, mono: true }, { width: 74 }, { weight: 0.9, mono: true },
            { weight: 0.8, mono: true }, { weight: 1.6 }, { width: 46 }, { width: 52 }
        ]
        onOpened: key => card.desk.system.chooseLetter(key)
    }
    Rectangle {
        id: detail
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.space3 }
        visible: card.open
        height: Math.min(raw.implicitHeight + why.implicitHeight + 3 * Theme.space2, card.height * 0.45)
        radius: Theme.radiusControl
        color: Theme.inset
        border.color: Theme.line
        border.width: Theme.strokeHair
        Flickable {
            id: scroll
            anchors { left: parent.left; right: parent.right; top: parent.top; bottom: why.top; margins: Theme.space2 }
            clip: true
            contentHeight: raw.implicitHeight
            boundsBehavior: Flickable.StopAtBounds
            T.ScrollBar.vertical: ThinScrollBar {}
            Text {
                id: raw
                objectName: "rejectedRaw"
                // The parts come escaped: a stranger's message must not become markup.
                function part(tone: color, text: string): string {
                    return "<span style=\"color:" + tone + "\">" + text + "</span>";
                }
                width: scroll.width - Theme.space3
                textFormat: Text.RichText
                wrapMode: Text.WrapAnywhere
                font: Theme.mono
                text: part(Theme.text3, card.view.name) + " " + part(Theme.text1, card.view.before)
                    + "<span style=\"color:" + Theme.crit + ";background-color:" + Theme.critSoft + "\">" + card.view.marked + "</span>"
                    + part(Theme.text1, card.view.after)
                Accessible.role: Accessible.StaticText
                Accessible.name: "Raw message"
            }
        }
        Txt {
            id: why
            objectName: "rejectedWhy"
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.space2 }
            text: card.view.why
            font: Theme.mono
            color: Theme.text3
        }
    }
}
