import QtQuick
import QtTrade.Theme

// Nothing to show, said in words, with the one thing to do about it.
Column {
    id: empty

    property string icon: "list"
    property string title: ""
    property string words: ""

    anchors.centerIn: parent
    width: parent ? Math.min(parent.width - 2 * Theme.space4, 420) : 0
    spacing: Theme.space1

    Icon {
        anchors.horizontalCenter: parent.horizontalCenter
        name: empty.icon
        color: Theme.text3
        size: Theme.sizeIcon + 2
    }
    Txt {
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: empty.title
        font: Theme.title
        wrapMode: Text.WordWrap
    }
    Txt {
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        visible: text !== ""
        text: empty.words
        font: Theme.label
        color: Theme.text3
        wrapMode: Text.WordWrap
    }
}
