import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// A label over its entry.
ColumnLayout {
    id: row

    required property string label
    property alias field: entry
    property alias text: entry.text
    property string fieldName: ""
    property string error: ""
    property string hint: ""
    property string iconName: ""
    property bool secret: false
    signal edited(string text)

    spacing: Theme.space1

    Txt {
        Layout.fillWidth: true
        text: row.label
        font: Theme.label
        color: Theme.text2
        Accessible.ignored: true
    }
    Field {
        id: entry
        objectName: row.fieldName
        name: row.label
        Layout.fillWidth: true
        implicitHeight: Theme.sizeControl
        horizontalAlignment: TextInput.AlignLeft
        font: Theme.body
        error: row.error
        enabled: row.enabled
        iconName: row.iconName
        placeholderText: row.hint
        echoMode: row.secret ? TextInput.Password : TextInput.Normal
        inputMethodHints: Qt.ImhNoPredictiveText | Qt.ImhNoAutoUppercase | (row.secret ? Qt.ImhSensitiveData : Qt.ImhNone)
        onTextEdited: row.edited(text)
    }
}
