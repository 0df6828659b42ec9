import QtQuick
import QtTrade.Theme

// Another changed what is being edited here: what he wrote, what stands here, and the choice.
Rectangle {
    id: note

    property string title: ""
    property string words: ""
    property string name: ""
    signal kept()
    signal taken()

    implicitHeight: column.implicitHeight + 2 * Theme.space2
    radius: Theme.radiusControl
    color: Theme.warnSoft
    Accessible.role: Accessible.AlertMessage
    Accessible.name: title + " " + words

    Icon {
        x: Theme.space3
        y: Theme.space2 + 1
        name: "warning"
        color: Theme.warn
        size: Theme.captionLine
    }
    Column {
        id: column
        x: Theme.space6 + Theme.space1
        y: Theme.space2
        width: parent.width - x - Theme.space3
        spacing: 1
        Txt {
            objectName: "conflictTitle-" + note.name
            width: parent.width
            text: note.title
            font: Theme.label
            wrapMode: Text.WordWrap
        }
        Txt {
            objectName: "conflictWords-" + note.name
            width: parent.width
            text: note.words
            font: Theme.label
            color: Theme.text2
            wrapMode: Text.WordWrap
        }
        Row {
            x: -Theme.space1
            spacing: Theme.space2
            ActionButton {
                objectName: "keepMine-" + note.name
                kind: "link"
                small: true
                text: "Keep mine"
                onClicked: note.kept()
            }
            ActionButton {
                objectName: "takeTheirs-" + note.name
                kind: "link"
                small: true
                text: "Take theirs"
                onClicked: note.taken()
            }
        }
    }
}
