import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// Every line to something outside, with its half hour.
Card {
    id: card

    required property var desk
    property int rowHeight: Theme.sizeRowCompact

    objectName: "connectionsCard"
    title: "Connections"
    count: String(desk.system.connectionTable.count)
    note: desk.shell.stale ? desk.shell.staleNote : "from here, and as each role reports"
    noteTone: desk.shell.stale ? "warn" : "faint"
    implicitHeight: Theme.sizeControl + 2 * Theme.space2 + table.fullHeight

    DataTable {
        id: table
        rowHeight: card.rowHeight
        objectName: "connectionsTable"
        name: "Connections"
        anchors.fill: parent
        model: card.desk.system.connectionTable
        columns: card.width < 760
            ? [{ weight: 1 }, { width: 126 }, { weight: 1.1 }, { width: 0 }, { width: 64 }, { width: 164 }, { width: 36 }]
            : [{ width: 148 }, { width: 124 }, { weight: 1 }, { width: 64 }, { width: 72 }, { width: 196 }, { width: 40 }]
    }
}
