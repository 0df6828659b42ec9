import QtQuick
import QtTrade.Theme

// A role that was heard before and should have spoken long ago: what is locked, since when, and
// where to look.
Column {
    id: down

    property string role: ""
    property string words: ""
    signal opened()

    anchors.centerIn: parent
    width: parent ? Math.min(parent.width - 2 * Theme.space4, 420) : 0
    spacing: Theme.space1

    Icon {
        anchors.horizontalCenter: parent.horizontalCenter
        name: "cross"
        color: Theme.crit
        size: Theme.sizeIcon + 2
    }
    Txt {
        objectName: down.objectName + "Title"
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: down.role + " does not answer"
        font: Theme.title
        wrapMode: Text.WordWrap
    }
    Txt {
        objectName: down.objectName + "Words"
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: down.words
        font: Theme.label
        color: Theme.text2
        wrapMode: Text.WordWrap
    }
    ActionButton {
        objectName: down.objectName + "Open"
        anchors.horizontalCenter: parent.horizontalCenter
        kind: "link"
        text: "Open System"
        onClicked: down.opened()
    }
}
