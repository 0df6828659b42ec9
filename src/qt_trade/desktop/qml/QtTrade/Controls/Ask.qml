import QtQuick
import QtQuick.Templates as T
import QtTrade.Theme

// Asks once before something is done. Escape and Back do nothing; only the button that names it does.
// It covers nothing but the page's middle: the panic control stays within reach.
T.Popup {
    id: ask

    property string title: ""
    property string words: ""
    property string verb: ""
    property string name: ""
    signal confirmed()

    parent: T.Overlay.overlay
    anchors.centerIn: parent
    focus: true
    width: 400
    implicitHeight: content.implicitHeight + 2 * padding
    padding: Theme.space4
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutside
    onOpened: back.forceActiveFocus(Qt.PopupFocusReason)

    background: Rectangle {
        radius: Theme.radiusDialog
        color: Theme.raised
        border.color: Theme.control
        border.width: Theme.strokeHair
    }
    contentItem: Column {
        id: content
        spacing: Theme.space3
        Keys.onPressed: event => Panic.press(event)
        Keys.onReleased: event => Panic.release(event)
        Txt {
            objectName: ask.name + "Title"
            width: parent.width
            text: ask.title
            font: Theme.title
            wrapMode: Text.WordWrap
        }
        Txt {
            objectName: ask.name + "Words"
            width: parent.width
            text: ask.words
            color: Theme.text2
            wrapMode: Text.WordWrap
        }
        Row {
            anchors.right: parent.right
            spacing: Theme.space2
            ActionButton {
                id: back
                objectName: ask.name + "Back"
                text: "Back"
                onClicked: ask.close()
            }
            ActionButton {
                objectName: ask.name + "Confirm"
                kind: "primary"
                text: ask.verb
                onClicked: {
                    ask.close();
                    ask.confirmed();
                }
            }
        }
    }
}
