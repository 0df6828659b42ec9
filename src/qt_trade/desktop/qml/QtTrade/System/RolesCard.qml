import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// Every process of every role: that it lives, and, apart from it, what it last did.
Card {
    id: card

    required property var desk
    property int rowHeight: Theme.sizeRowCompact
    readonly property var view: desk.system.roles

    objectName: "rolesCard"
    title: "Roles"
    count: view.count
    note: view.note
    noteTone: view.noteTone
    implicitHeight: Theme.sizeControl + 2 * Theme.space2 + (view.known ? table.fullHeight : 6 * rowHeight)
    tools: Txt {
        visible: card.width >= 640
        text: "A heartbeat proves only life. State follows the last useful work."
        font: Theme.caption
        color: Theme.text3
    }

    WaitingBars { visible: !card.view.known; words: card.desk.shell.waiting }
    DataTable {
        id: table
        rowHeight: card.rowHeight
        objectName: "rolesTable"
        name: "Roles"
        anchors.fill: parent
        visible: card.view.known
        model: card.desk.system.roleTable
        columns: card.width < 760
            ? [{ weight: 1 }, { width: 122 }, { width: 62 }, { weight: 1.5 }, { width: 50 },
               { width: 48 }, { width: 54 }, { width: 58 }]
            : [{ weight: 1 }, { width: 128 }, { width: 72 }, { weight: 2 }, { width: 66 },
               { width: 54 }, { width: 66 }, { width: 64 }]
    }
}
