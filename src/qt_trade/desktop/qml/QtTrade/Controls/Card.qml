import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// A panel with a title, a count, tools, and at its right end the source and age of what it shows.
Rectangle {
    id: card

    property string title: ""
    property string count: ""
    property string note: ""
    property string noteTone: "faint"
    property string noteSubject: ""
    property alias tools: toolRow.data
    default property alias body: bodyItem.data
    property int padding: Theme.space3

    color: Theme.panel
    radius: Theme.radiusCard
    border.color: Theme.line
    border.width: Theme.strokeHair
    Accessible.role: Accessible.Grouping
    Accessible.name: title

    RowLayout {
        id: head
        x: card.padding
        width: parent.width - 2 * card.padding
        height: Theme.sizeControl + Theme.space1 + 2
        spacing: Theme.space2

        Txt {
            text: card.title
            font: Theme.title
        }
        Txt {
            visible: text !== ""
            text: card.count
            font: Theme.label
            color: Theme.text3
        }
        Item { Layout.fillWidth: true }
        Row {
            id: toolRow
            spacing: Theme.space3
            Layout.alignment: Qt.AlignVCenter
        }
        Txt {
            objectName: card.objectName + "Note"
            visible: text !== ""
            text: card.note
            font: Theme.caption
            color: Tones.ink(card.noteTone)
            Layout.maximumWidth: card.width / 2
            AgeSource {
                subject: card.noteSubject
                value: card.note
                name: card.title
                activeFocusOnTab: false
            }
            Row {
                anchors { top: parent.bottom; left: parent.left; right: parent.right }
                visible: card.noteSubject !== ""
                clip: true
                spacing: 2
                Repeater {
                    model: parent.visible ? Math.floor(parent.width / 4) : 0
                    delegate: Rectangle { width: 2; height: 1; color: Theme.lineStrong }
                }
            }
        }
    }
    Rectangle {
        id: rule
        y: head.height
        width: parent.width
        height: Theme.strokeHair
        color: Theme.line
    }
    Item {
        id: bodyItem
        anchors { left: parent.left; right: parent.right; top: rule.bottom; bottom: parent.bottom }
        anchors.bottomMargin: Theme.strokeHair
        clip: true
    }
}
