import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// Who is at the desks, with which right, and the way to end a session.
Card {
    id: card

    required property var desk
    property int rowHeight: Theme.sizeRowCompact
    readonly property var view: desk.system.sessions
    readonly property var table: desk.system.sessionTable
    readonly property bool none: table.count === 0

    objectName: "sessionsCard"
    title: "Sessions"
    count: view.count
    note: view.note
    noteTone: view.noteTone
    tools: ActionButton {
        objectName: "revokeSession"
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        kind: "link"
        small: true
        text: "Revoke…"
        visible: !card.none
        enabled: card.view.canRevoke && !card.view.busy
        hint: card.view.revokeHint
        onClicked: card.desk.system.askRevoke()
    }

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "The engine has named no sessions yet" }
    EmptyState {
        visible: card.view.known && card.none
        icon: "person"
        title: "No session"
        words: "Every desk and every command line has one while it is open."
    }
    DataTable {
        rowHeight: card.rowHeight
        objectName: "sessionsTable"
        name: "Sessions"
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: outcome.visible ? outcome.top : parent.bottom }
        visible: !card.none && card.view.asking === ""
        model: card.table
        selectedKey: card.view.selected
        columns: card.width < 480
            ? [{ width: 76 }, { weight: 1 }, { width: 0 }, { width: 56 }, { width: 84 }, { width: 44 }]
            : [{ width: 88 }, { weight: 1 }, { width: 62 }, { width: 70 }, { width: 84 }, { width: 52 }]
        onOpened: key => card.desk.system.chooseSession(key)
    }
    RowLayout {
        id: outcome
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.space3; rightMargin: Theme.space3; bottomMargin: Theme.space1 }
        visible: card.view.asking === "" && (card.view.result !== "" || card.view.busy)
        height: Theme.sizeRowCompact
        spacing: Theme.space2
        Icon {
            visible: !card.view.busy
            name: card.view.resultIcon
            color: Tones.ink(card.view.resultTone)
            size: Theme.captionLine - 2
        }
        Txt {
            objectName: "revokeResult"
            Layout.fillWidth: true
            text: card.view.busy ? "Asked, waiting for the engine" : card.view.result
            font: Theme.caption
            color: card.view.busy ? Theme.text3 : Tones.ink(card.view.resultTone)
        }
    }
    RevokePanel {
        anchors.fill: parent
        visible: card.view.asking !== ""
        desk: card.desk
        view: card.view
    }
}
