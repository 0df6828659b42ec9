import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls
import QtTrade.Shell

// Real money: the order stands on the button itself. Enter does not send, and nothing is chosen yet.
T.Popup {
    id: ask

    required property var desk
    readonly property var view: desk.ticket.view

    parent: T.Overlay.overlay
    anchors.centerIn: parent
    focus: true
    width: Math.min(620, parent ? parent.width - 2 * Theme.space6 : 620)
    implicitHeight: content.implicitHeight + 2 * padding
    padding: Theme.space4
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutside
    onOpened: back.forceActiveFocus(Qt.PopupFocusReason)

    Connections {
        target: ask.view
        // Another order stands in the ticket, or none that may be sent: this question is over.
        function onOrderWordsChanged(): void { ask.close(); }
        function onCanSendChanged(): void { if (!ask.view.canSend) ask.close(); }
    }
    background: Rectangle {
        objectName: "liveAsk"
        radius: Theme.radiusDialog
        color: Theme.raised
        border.color: Theme.live
        border.width: Theme.strokeFocus
    }
    contentItem: Column {
        id: content
        spacing: Theme.space3
        Keys.onPressed: event => Panic.press(event)
        Keys.onReleased: event => Panic.release(event)
        RowLayout {
            width: parent.width
            Txt { Layout.fillWidth: true; text: "Send an order with real money?"; font: Theme.title }
            ModeBadge { height: Theme.sizeControlSmall - 2; mode: ask.view.mode; words: ask.view.modeWords }
        }
        Txt {
            objectName: "liveAskWords"
            width: parent.width
            text: (ask.view.whatIf.length > 0 ? ask.view.whatIf[0].label + " " + ask.view.whatIf[0].value + ". " : "")
                + "Risk checks: " + ask.view.checksWords + ". The engine checks again before it sends."
            color: Theme.text2
            wrapMode: Text.WordWrap
        }
        ActionButton {
            objectName: "liveAskConfirm"
            width: parent.width
            kind: "live"
            text: ask.view.orderWords
            // Real money wants the pointer, or the space bar on this button.
            enters: false
            onClicked: {
                ask.close();
                ask.desk.ticket.confirm();
            }
        }
        ActionButton {
            id: back
            objectName: "liveAskBack"
            anchors.right: parent.right
            text: "Back"
            onClicked: ask.close()
        }
    }
}
