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
    readonly property var config: desk.config
    readonly property var view: config.view
    readonly property var limits: desk.limits
    readonly property int changes: view.changed.length

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
        property var owner: card.config
        property string kind: "config"
        readonly property var view: owner.view
        readonly property bool marked: view.marked.includes(name)
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.sizeControlSmall + 3
        spacing: Theme.space2
        Rectangle {
            Layout.preferredWidth: 8
            Layout.preferredHeight: 8
            radius: 4
            color: entry.marked ? Theme.warn : Theme.accent
            visible: entry.marked || entry.view.changed.includes(entry.name)
        }
        Txt {
            Layout.fillWidth: true
            text: entry.label
            color: Theme.text2
            AgeSource { objectName: entry.kind + "-" + entry.name + "Age"; subject: entry.kind + "//" + entry.name; value: entry.view.values[entry.name] ?? ""; name: entry.label; activeFocusOnTab: false }
        }
        Field {
            objectName: entry.kind + "-" + entry.name
            name: entry.label
            unit: entry.unit
            enabled: entry.view.known && card.desk.shell.canWrite
            undecided: entry.view.undecided.includes(entry.name)
            error: entry.view.errors?.[entry.name] ?? ""
            hint: card.desk.shell.why
            text: entry.view.values[entry.name] ?? ""
            onTextEdited: entry.owner.type(entry.name, text)
        }
    }
    component Choice: RowLayout {
        id: choice
        required property string label
        required property string name
        required property list<string> options
        property int index: 0
        signal picked(int index)
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.sizeControlSmall + 3
        spacing: Theme.space2
        Rectangle {
            readonly property bool marked: card.view.marked.includes(choice.name)
            Layout.preferredWidth: 8
            Layout.preferredHeight: 8
            radius: 4
            color: marked ? Theme.warn : Theme.accent
            visible: marked || card.view.changed.includes(choice.name)
        }
        Txt {
            Layout.fillWidth: true
            text: choice.label
            color: Theme.text2
        }
        Segmented {
            objectName: "config-" + choice.name
            name: choice.label
            Layout.preferredWidth: choice.options.length > 2 ? 210 : 128
            fill: true
            options: choice.options
            index: choice.index
            enabled: card.desk.shell.canWrite
            hint: card.desk.shell.why
            onPicked: index => choice.picked(index)
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
                index: card.view.strategyIndex
                enabled: card.desk.shell.canWrite
                hint: card.desk.shell.why
                onPicked: index => card.config.choose(index)
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
            Choice { label: "Parts of shares"; name: "parts"; options: ["No", "Yes"]; index: card.view.parts ? 1 : 0; onPicked: index => card.config.tick("parts", index === 1) }
            Group { text: "Exit" }
            Entry { label: "Stop loss"; name: "stopLoss" }
            Entry { label: "Take profit"; name: "takeProfit" }
            Choice { label: "Left with the broker"; name: "atBroker"; options: ["No", "Yes"]; index: card.view.atBroker ? 1 : 0; onPicked: index => card.config.tick("atBroker", index === 1) }
            Group { text: "Hours and policy" }
            Entry { label: "Nothing opens in the first"; name: "skipFirst"; unit: "min" }
            Entry { label: "Nothing opens in the last"; name: "skipLast"; unit: "min" }
            Choice { label: "It may"; name: "policy"; options: ["Trade", "Only exit", "Flat by close"]; index: card.view.policyIndex; onPicked: index => card.config.choosePolicy(index) }
            Group {
                objectName: "limitsWords"
                text: "Limits, " + card.limits.view.words
                color: card.limits.view.marked.length > 0 ? Theme.warn : Theme.text3
            }
            LimitsForm {
                Layout.fillWidth: true
                visible: card.limits.view.known
                limits: card.limits
                delegate: Component {
                    Entry {
                        required property var modelData
                        label: modelData.label
                        name: modelData.name
                        unit: modelData.unit
                        owner: card.limits
                        kind: "limits"
                    }
                }
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
        Repeater {
            model: card.config.conflicts
            delegate: ConflictNote {
                required property var row
                width: foot.width
                name: row.name
                title: row.title
                words: row.words
                onKept: card.config.keepMine(row.name)
                onTaken: card.config.takeTheirs(row.name)
            }
        }
        Note {
            objectName: "configError"
            width: parent.width
            visible: card.view.error !== ""
            text: card.view.error
            tone: "warn"
        }
        Txt {
            width: parent.width
            objectName: "configWords"
            text: card.view.markWords !== "" ? card.view.markWords : card.view.words
            font: Theme.caption
            color: card.view.markWords !== "" ? Theme.warn : Theme.text3
        }
        RowLayout {
            width: parent.width
            spacing: Theme.space2
            ActionButton {
                objectName: "applyConfig"
                Layout.fillWidth: true
                kind: "primary"
                text: "Apply from next cycle"
                enabled: card.view.canApply
                hint: card.view.applyHint
                onClicked: card.config.apply()
            }
            ActionButton {
                objectName: "discardConfig"
                text: "Discard"
                enabled: card.changes > 0
                onClicked: card.config.discard()
            }
        }
    }
}
