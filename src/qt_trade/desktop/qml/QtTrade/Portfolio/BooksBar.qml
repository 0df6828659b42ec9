pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// Where the broker's books differ from ours: both figures, line by line, and the way to end it.
Rectangle {
    id: bar

    required property var desk
    readonly property var view: desk.portfolio.view
    readonly property bool shown: lines.count > 0 || view.result !== ""

    objectName: "booksBar"
    visible: shown
    height: shown ? column.implicitHeight + 2 * Theme.space2 : 0
    color: Theme.warnSoft
    Accessible.role: Accessible.AlertMessage
    Accessible.name: view.books

    ColumnLayout {
        id: column
        x: Theme.space3
        y: Theme.space2
        width: parent.width - 2 * Theme.space3
        spacing: Theme.space1
        Repeater {
            id: lines
            model: bar.desk.portfolio.differences
            delegate: RowLayout {
                id: line
                required property var row
                Layout.fillWidth: true
                visible: bar.view.asking === ""
                spacing: Theme.space3
                Icon { name: "warning"; color: Theme.warn; size: Theme.captionLine }
                Txt {
                    text: line.row.name
                    font: Theme.title
                    Layout.preferredWidth: 130
                }
                Txt { objectName: "difference-" + line.row.key; text: "ours " + line.row.ours; font: Theme.number }
                Txt { text: "broker " + line.row.brokers; font: Theme.number; color: Theme.warn }
                Txt { text: "for " + line.row.since; font: Theme.label; color: Theme.text2 }
                Txt {
                    Layout.fillWidth: true
                    text: line.row.words
                    font: Theme.label
                    color: Theme.text2
                }
                ActionButton {
                    objectName: "accept-" + line.row.key
                    small: true
                    text: "Accept the broker's"
                    enabled: bar.view.canAccept
                    hint: bar.view.acceptHint
                    onClicked: bar.desk.portfolio.askAccept(line.row.key)
                }
            }
        }
        Txt {
            objectName: "acceptResult"
            visible: text !== "" && bar.view.asking === ""
            Layout.fillWidth: true
            text: bar.view.busy ? "Asked, waiting for the engine" : bar.view.result
            font: Theme.label
            color: Tones.ink(bar.view.resultTone)
        }
        RowLayout {
            visible: bar.view.asking !== ""
            Layout.fillWidth: true
            spacing: Theme.space2
            onVisibleChanged: {
                if (visible) {
                    reason.text = "";
                    reason.forceActiveFocus();
                }
            }
            Keys.onEscapePressed: bar.desk.portfolio.keepOurs()
            Txt {
                objectName: "acceptQuestion"
                text: bar.view.question
                font: Theme.title
                Layout.maximumWidth: bar.width / 2
            }
            Field {
                id: reason
                objectName: "acceptReason"
                name: "Reason"
                Layout.fillWidth: true
                horizontalAlignment: TextInput.AlignLeft
                maximumLength: 200
                placeholderText: "Reason, for the journal"
            }
            ActionButton {
                objectName: "acceptKeep"
                small: true
                text: "Keep ours"
                onClicked: bar.desk.portfolio.keepOurs()
            }
            ActionButton {
                objectName: "acceptConfirm"
                kind: "danger"
                small: true
                text: "Accept the broker's"
                enabled: reason.text.trim() !== "" && bar.view.canAccept
                hint: reason.text.trim() === "" ? "Say why; the journal keeps it" : bar.view.acceptHint
                onClicked: bar.desk.portfolio.accept(reason.text)
            }
        }
    }
}
