import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// A name, how much of its cap it fills, and what it is.
Item {
    id: line

    property string name: ""
    property string value: ""
    property real share: 0
    property string tone: "accent"
    property bool stale: false
    property real nameWidth: 128

    Txt {
        x: Theme.space3
        width: line.nameWidth - Theme.space3
        height: parent.height
        text: line.name
        font.family: Theme.familyUi
        font.pixelSize: Theme.body.pixelSize
        color: Theme.text2
    }
    Meter {
        x: line.nameWidth
        anchors.verticalCenter: parent.verticalCenter
        width: parent.width - x - 70
        implicitHeight: 7
        value: line.share
        fill: line.stale ? Theme.text3 : Tones.ink(line.tone)
    }
    Txt {
        anchors { right: parent.right; rightMargin: Theme.space3 }
        height: parent.height
        text: line.value
        font: Theme.number
        color: line.stale ? Theme.text3 : Theme.text1
    }
}
