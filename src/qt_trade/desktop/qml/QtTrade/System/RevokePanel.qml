import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// Names the session that would be ended, and asks why before it is done.
Item {
    id: panel

    required property var desk
    required property var view

    onVisibleChanged: {
        if (visible) {
            reason.text = "";
            reason.forceActiveFocus();
        }
    }
    Keys.onEscapePressed: panel.desk.system.keepSession()

    ColumnLayout {
        anchors { fill: parent; margins: Theme.space3 }
        spacing: Theme.space2
        Txt {
            objectName: "revokeQuestion"
            Layout.fillWidth: true
            text: panel.view.question
            font: Theme.title
        }
        Txt {
            Layout.fillWidth: true
            Layout.fillHeight: true
            text: panel.view.questionWords
            font: Theme.caption
            color: Theme.text2
            verticalAlignment: Text.AlignTop
            wrapMode: Text.WordWrap
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            Field {
                id: reason
                objectName: "revokeReason"
                name: "Reason"
                Layout.fillWidth: true
                horizontalAlignment: TextInput.AlignLeft
                maximumLength: 200
                placeholderText: "Reason, for the audit"
            }
            ActionButton {
                objectName: "revokeKeep"
                small: true
                text: "Keep"
                onClicked: panel.desk.system.keepSession()
            }
            ActionButton {
                objectName: "revokeConfirm"
                kind: "danger"
                small: true
                text: panel.view.verb
                enabled: reason.text.trim() !== "" && panel.view.canRevoke
                hint: reason.text.trim() === "" ? "Say why; the audit keeps it" : panel.view.revokeHint
                onClicked: panel.desk.system.revoke(reason.text)
            }
        }
    }
}
