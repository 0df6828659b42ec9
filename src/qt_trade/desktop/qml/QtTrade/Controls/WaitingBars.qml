pragma ComponentBehavior: Bound
import QtQuick
import QtTrade.Theme

// Grey bars in row shape, only before the first snapshot.
Item {
    id: bars

    property string words: "Waiting for the first snapshot"

    anchors.fill: parent

    Column {
        x: Theme.space4
        y: Theme.space4
        width: parent.width - 2 * Theme.space4
        spacing: Theme.space3 + 2
        Repeater {
            model: Math.max(1, Math.min(5, Math.floor((bars.height - 56) / 24)))
            delegate: Item {
                width: parent ? parent.width : 0
                height: 10
                Rectangle { width: 44; height: 10; radius: 3; color: Theme.raised }
                Rectangle { x: parent.width - width; width: 56; height: 10; radius: 3; color: Theme.raised }
            }
        }
    }
    Txt {
        anchors { bottom: parent.bottom; bottomMargin: Theme.space3 }
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: bars.words
        font: Theme.caption
        color: Theme.text3
    }
}
