import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// Who has the control, and how it passes: take over, keep, hand over, with the time that is left.
ColumnLayout {
    id: block

    required property var desk
    readonly property var sessions: desk.sessions
    readonly property var view: sessions.view

    spacing: Theme.space2

    Rectangle {
        objectName: "takeoverAsked"
        Layout.fillWidth: true
        Layout.preferredHeight: asked.implicitHeight + 2 * Theme.space2
        visible: block.view.asked
        radius: Theme.radiusControl
        color: Theme.warnSoft
        Accessible.role: Accessible.AlertMessage
        Accessible.name: block.view.askedWords
        ColumnLayout {
            id: asked
            x: Theme.space3
            y: Theme.space2
            width: parent.width - 2 * Theme.space3
            spacing: Theme.space2
            Txt {
                objectName: "takeoverAskedWords"
                Layout.fillWidth: true
                text: block.view.askedWords
                font: Theme.label
                wrapMode: Text.WordWrap
            }
            Meter {
                Layout.fillWidth: true
                value: block.view.progress
                fill: Theme.warn
            }
            RowLayout {
                spacing: Theme.space2
                ActionButton {
                    objectName: "takeoverKeep"
                    small: true
                    text: "Keep"
                    onClicked: block.sessions.keep()
                }
                ActionButton {
                    objectName: "takeoverHandOver"
                    small: true
                    text: "Hand over"
                    onClicked: block.sessions.handOver()
                }
            }
        }
    }
    RowLayout {
        Layout.fillWidth: true
        visible: !block.view.asked
        spacing: Theme.space2
        Icon {
            visible: !block.view.asking
            name: block.view.other ? "lock" : "person"
            color: Theme.text3
            size: Theme.captionLine
        }
        Txt {
            objectName: "controlWho"
            Layout.fillWidth: true
            text: block.view.asking ? block.view.askingWords
                : block.view.news !== "" ? block.view.news
                : !block.view.known ? "Who has the control is not known yet"
                : block.view.mine ? "This desk has the control"
                : block.view.nobody !== "" ? block.view.nobody : block.view.holder + " has the control"
            font: Theme.label
            color: block.view.asking || block.view.news === "" ? Theme.text2 : Tones.ink(block.view.newsTone)
            wrapMode: Text.WordWrap
            maximumLineCount: 2
        }
        ActionButton {
            objectName: "handOver"
            visible: block.view.mine
            kind: "link"
            small: true
            text: "Hand over"
            enabled: block.view.canHandOver
            onClicked: block.sessions.handOver()
        }
        ActionButton {
            objectName: "takeOver"
            visible: block.view.known && !block.view.mine && block.view.nobody === "" && !block.view.asking
            small: true
            text: "Take over"
            enabled: block.view.canTake
            hint: block.view.takeHint
            onClicked: block.sessions.take()
        }
    }
    Meter {
        Layout.fillWidth: true
        visible: block.view.asking
        value: block.view.progress
    }
}
