pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// The configuration in force as a form; what was typed stays until it is applied or discarded.
Card {
    id: card

    required property var desk
    readonly property var view: desk.config
    readonly property var names: ["confidence", "buy", "sell", "notional", "shares", "stopLoss", "takeProfit"]
    property var typed: ({})
    property int strategy: -1
    readonly property int changes: Object.keys(typed).length + (strategy >= 0 && strategy !== view.strategyIndex ? 1 : 0)

    function value(name: string): string {
        return typed[name] === undefined ? view[name] : typed[name];
    }
    function type(name: string, text: string): void {
        const next = Object.assign({}, typed);
        if (text === view[name])
            delete next[name];
        else
            next[name] = text;
        typed = next;
    }
    function discard(): void {
        typed = {};
        strategy = -1;
    }
    function choose(index: int): void {
        strategy = index;
        const values = desk.preset(index);
        for (const name of names)
            type(name, values[name]);
    }
    function apply(): void {
        const form = { strategy: strategy >= 0 ? strategy : view.strategyIndex };
        for (const name of names)
            form[name] = value(name);
        desk.applyConfig(form);
        discard();
    }

    objectName: "configCard"
    title: "Configuration"
    count: view.known ? "" : "not known yet"
    tools: Chip {
        visible: card.changes > 0
        text: card.changes + " not applied"
        tone: "accent"
        small: true
    }

    component Entry: RowLayout {
        id: entry
        required property string label
        required property string name
        property string unit: "%"
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.sizeControlSmall + 3
        spacing: Theme.space2
        Rectangle {
            Layout.preferredWidth: 8
            Layout.preferredHeight: 8
            radius: 4
            color: Theme.accent
            visible: card.typed[entry.name] !== undefined
        }
        Txt { Layout.fillWidth: true; text: entry.label; color: Theme.text2 }
        Field {
            objectName: "config-" + entry.name
            name: entry.label
            unit: entry.unit
            enabled: card.view.known && card.desk.shell.canWrite
            text: card.value(entry.name)
            onTextEdited: card.type(entry.name, text)
        }
    }
    component Group: Txt {
        Layout.fillWidth: true
        Layout.topMargin: Theme.space1
        font: Theme.label
        color: Theme.text3
    }

    WaitingBars { visible: !card.view.known; words: card.view.words }
    Flickable {
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: foot.top; bottomMargin: Theme.space2 }
        visible: card.view.known
        contentHeight: form.implicitHeight + 2 * Theme.space3
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}

        ColumnLayout {
            id: form
            x: Theme.space3
            y: Theme.space3
            width: parent.width - 2 * Theme.space3
            spacing: 2

            Group { text: "Strategy"; Layout.topMargin: 0 }
            Segmented {
                objectName: "strategy"
                name: "Strategy"
                Layout.fillWidth: true
                Layout.preferredHeight: Theme.sizeControl
                fill: true
                options: ["Conservative", "Balanced", "Aggressive"]
                index: card.strategy >= 0 ? card.strategy : card.view.strategyIndex
                enabled: card.desk.shell.canWrite
                onPicked: index => card.choose(index)
            }
            Txt {
                Layout.fillWidth: true
                text: "Sets all values below. Changed ones are marked."
                font: Theme.caption
                color: Theme.text3
            }
            Group { text: "Signal" }
            Entry { label: "Least confidence"; name: "confidence" }
            Entry { label: "Least expected rise to buy"; name: "buy" }
            Entry { label: "Least expected fall to sell"; name: "sell" }
            Group { text: "Size" }
            Entry { label: "Per order"; name: "notional"; unit: "USD" }
            Entry { label: "Most shares per order"; name: "shares"; unit: "" }
            Group { text: "Exit" }
            Entry { label: "Stop loss"; name: "stopLoss" }
            Entry { label: "Take profit"; name: "takeProfit" }
            Group {
                text: card.view.limitsWords === "" ? "Limits" : "Limits, " + card.view.limitsWords
            }
            Repeater {
                model: card.view.limits
                delegate: RowLayout {
                    id: limit
                    required property var modelData
                    Layout.fillWidth: true
                    Layout.preferredHeight: Theme.sizeRowCompact
                    Txt { Layout.fillWidth: true; text: limit.modelData.name; color: Theme.text2 }
                    Txt { text: limit.modelData.value; font: Theme.number; AgeSource { subject: "limits//limit"; value: limit.modelData.value; name: limit.modelData.name } }
                }
            }
            Txt {
                visible: card.view.limits.length === 0
                text: "The engine has published no limits yet"
                font: Theme.caption
                color: Theme.text3
            }
        }
    }
    Rectangle {
        anchors { bottom: foot.top; bottomMargin: Theme.space2 }
        visible: form.implicitHeight > foot.y
        width: parent.width
        height: Theme.strokeHair
        color: Theme.line
    }
    Column {
        id: foot
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.space3 }
        spacing: Theme.space2
        visible: card.view.known
        Note {
            objectName: "configError"
            width: parent.width
            visible: card.view.error !== ""
            text: card.view.error
            tone: "warn"
        }
        Txt {
            width: parent.width
            text: card.view.words
            font: Theme.caption
            color: Theme.text3
        }
        RowLayout {
            width: parent.width
            spacing: Theme.space2
            ActionButton {
                objectName: "applyConfig"
                Layout.fillWidth: true
                kind: "primary"
                text: "Apply from next cycle"
                enabled: card.changes > 0 && card.desk.shell.canWrite
                onClicked: card.apply()
            }
            ActionButton {
                objectName: "discardConfig"
                text: "Discard"
                enabled: card.changes > 0
                onClicked: card.discard()
            }
        }
    }
}
