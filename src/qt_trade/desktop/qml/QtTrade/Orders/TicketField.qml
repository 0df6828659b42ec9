import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// A label over a field of the ticket; what is wrong stands under it.
ColumnLayout {
    id: entry

    required property var ticket
    required property string name
    required property string label
    property string unit: "USD"
    property string placeholder: ""
    property alias field: box
    readonly property string error: ticket.view.errors[name] ?? ""
    readonly property string beside: ticket.view.hints[name] ?? ""

    visible: ticket.view.shown.includes(name)
    Layout.fillWidth: true
    Layout.preferredWidth: 1
    Layout.alignment: Qt.AlignTop
    spacing: Theme.space1

    Txt { text: entry.label; font: Theme.label; color: Theme.text2 }
    Field {
        id: box
        objectName: "ticket-" + entry.name
        name: entry.label
        Layout.fillWidth: true
        implicitHeight: Theme.sizeControl
        horizontalAlignment: TextInput.AlignLeft
        unit: entry.beside !== "" ? entry.beside : entry.unit
        placeholderText: entry.placeholder
        text: entry.ticket.view.values[entry.name] ?? ""
        error: entry.error
        onTextEdited: entry.ticket.type(entry.name, text)
    }
    Txt {
        objectName: "ticketError-" + entry.name
        Layout.fillWidth: true
        visible: text !== ""
        text: entry.error
        font: Theme.caption
        color: Theme.crit
        wrapMode: Text.WordWrap
        maximumLineCount: 3
    }
}
