import QtQuick
import QtTrade.Theme

// A remark on soft ground, with its sign.
Rectangle {
    id: note

    property string text: ""
    property string tone: "warn"
    property string action: ""
    signal acted()

    implicitHeight: label.implicitHeight + (link.visible ? link.height : 0) + 2 * Theme.space2
    radius: Theme.radiusControl
    color: tone === "faint" ? Theme.raised : Tones.soft(tone)
    Accessible.role: Accessible.AlertMessage
    Accessible.name: text

    Icon {
        x: Theme.space3
        y: Theme.space2
        name: note.tone === "crit" ? "cross" : note.tone === "warn" ? "warning" : "info"
        color: Tones.ink(note.tone)
        size: Theme.captionLine
    }
    Txt {
        id: label
        x: Theme.space6 + Theme.space1
        y: Theme.space2
        width: parent.width - x - Theme.space3
        text: note.text
        font: Theme.label
        wrapMode: Text.WordWrap
        maximumLineCount: 3
        lineHeight: 1.1
    }
    ActionButton {
        id: link
        objectName: note.objectName + "Action"
        anchors { left: label.left; leftMargin: -Theme.space1; top: label.bottom }
        height: Theme.bodyLine
        visible: note.action !== ""
        kind: "link"
        small: true
        text: note.action
        onClicked: note.acted()
    }
}
