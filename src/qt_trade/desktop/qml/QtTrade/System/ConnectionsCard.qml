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
            ? [{ weight: 1 }, { width: 112 }, { weight: 1.2 }, { width: 80 }, { width: 68 }, { width: 40 }]
            : [{ weight: 1 }, { width: 116 }, { weight: 2 }, { width: 104 }, { width: 84 }, { width: 48 }]
    }
}
