import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What of an order may be changed; the engine replaces it at the broker, or says why not.
RowLayout {
    id: form

    required property var orders
    readonly property var view: orders.view

    spacing: Theme.space2
    Component.onCompleted: quantity.box.forceActiveFocus()
    Keys.onEscapePressed: orders.keep()

    component Entry: RowLayout {
        id: entry
        required property string name
        required property string label
        property string unit: "USD"
        property alias box: box
        visible: form.view.fields.includes(name)
        spacing: Theme.space1 + 2
        Txt { text: entry.label; font: Theme.label; color: Theme.text2 }
        Field {
            id: box
            objectName: "change-" + entry.name
            name: entry.label
            implicitWidth: 112
            unit: entry.unit
            text: form.view.edit[entry.name] ?? ""
            onTextEdited: form.orders.type(entry.name, text)
            onAccepted: form.orders.apply()
        }
    }

    Entry { name: "quantity"; label: "Quantity"; unit: "shares"; id: quantity }
    Entry { name: "limit_price"; label: "Limit" }
    Entry { name: "stop_price"; label: "Stop" }
    Entry { name: "trail_price"; label: "Trail" }
    Entry { name: "trail_bp"; label: "Trail"; unit: "bp" }
    Txt {
        objectName: "changeError"
        Layout.fillWidth: true
        text: form.view.editError
        font: Theme.caption
        color: Theme.crit
        wrapMode: Text.WordWrap
        maximumLineCount: 2
    }
    ActionButton {
        objectName: "changeKeep"
        small: true
        text: "Keep as it is"
        onClicked: form.orders.keep()
    }
    ActionButton {
        objectName: "changeApply"
        kind: "primary"
        small: true
        text: "Change order"
        enabled: form.view.canApply
        hint: form.view.hint
        onClicked: form.orders.apply()
    }
}
