import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The new value of a limit. A looser one needs the password again, and waits at the backend.
Rectangle {
    id: panel

    required property var desk
    property bool shown: false
    readonly property var view: desk.risk.view
    readonly property bool asks: view.asking !== ""

    function take(): void {
        secret.text = "";
        if (!asks)
            return;
        value.text = view.typed;
        if (view.askValue) {
            value.forceActiveFocus();
            value.selectAll();
        } else {
            secret.forceActiveFocus();
        }
    }

    objectName: "changePanel"
    visible: shown
    height: shown ? column.implicitHeight + 2 * Theme.space2 + 2 : 0
    color: asks && view.looser ? Theme.warnSoft : Theme.raised
    Keys.onEscapePressed: panel.desk.risk.keep()

    Connections {
        target: panel.view
        function onAskingChanged(): void { panel.take(); }
    }
    Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.line }
    ColumnLayout {
        id: column
        x: Theme.space3
        y: Theme.space2 + 1
        width: parent.width - 2 * Theme.space3
        spacing: Theme.space1
        RowLayout {
            visible: panel.asks
            Layout.fillWidth: true
            spacing: Theme.space2
            Txt {
                objectName: "changeTitle"
                text: panel.view.askTitle
                font: Theme.title
            }
            Field {
                id: value
                objectName: "changeValue"
                visible: panel.view.askValue
                name: panel.view.askTitle
                unit: panel.view.unit
                Layout.preferredWidth: 120
                onTextEdited: panel.desk.risk.type(text)
                Keys.onReturnPressed: panel.desk.risk.apply()
            }
            Item { Layout.fillWidth: true }
            Field {
                id: secret
                objectName: "changePassword"
                visible: panel.view.looser
                name: panel.view.passwordName
                placeholderText: panel.view.passwordName
                horizontalAlignment: TextInput.AlignLeft
                echoMode: TextInput.Password
                inputMethodHints: Qt.ImhSensitiveData | Qt.ImhNoPredictiveText
                Layout.preferredWidth: 176
                onTextEdited: panel.desk.risk.typePassword(text)
                Keys.onReturnPressed: panel.desk.risk.apply()
            }
            ActionButton {
                objectName: "changeKeep"
                small: true
                text: "Keep"
                onClicked: panel.desk.risk.keep()
            }
            ActionButton {
                objectName: "changeApply"
                kind: panel.view.looser ? "danger" : "primary"
                small: true
                text: panel.view.applyVerb
                enabled: panel.view.canApply
                hint: panel.view.applyHint
                onClicked: panel.desk.risk.apply()
            }
        }
        Txt {
            objectName: "changeWords"
            visible: panel.asks
            Layout.fillWidth: true
            text: panel.view.askWords
            font: Theme.label
            color: panel.view.looser ? Theme.warn : Theme.text2
        }
        Txt {
            objectName: "changeResult"
            visible: !panel.asks
            Layout.fillWidth: true
            text: panel.view.busy ? "Written, waiting for Redis" : panel.view.result
            font: Theme.label
            color: panel.view.busy ? Theme.text3 : Tones.ink(panel.view.resultTone)
        }
    }
}
