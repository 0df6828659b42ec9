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
        readonly property bool marked: card.view.marked.includes(name)
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.sizeControlSmall + 3
        spacing: Theme.space2
        Rectangle {
            Layout.preferredWidth: 8
            Layout.preferredHeight: 8
            radius: 4
            color: entry.marked ? Theme.warn : Theme.accent
            visible: entry.marked || card.view.changed.includes(entry.name)
        }
        Txt {
            Layout.fillWidth: true
            text: entry.label
            color: Theme.text2
            AgeSource { objectName: "config-" + entry.name + "Age"; subject: "config//" + entry.name; value: card.view.values[entry.name] ?? ""; name: entry.label; activeFocusOnTab: false }
        }
        Field {
            objectName: "config-" + entry.name
            name: entry.label
            unit: entry.unit
            enabled: card.view.known && card.desk.shell.canWrite
            undecided: card.view.undecided.includes(entry.name)
            hint: card.desk.shell.why
            text: card.view.values[entry.name] ?? ""
            onTextEdited: card.config.type(entry.name, text)
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
