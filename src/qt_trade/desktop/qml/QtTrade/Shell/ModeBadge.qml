import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// PAPER is hatched, LIVE is magenta and nothing else is; unknown is dashed.
Item {
    id: badge

    required property string mode
    property string words: ""
    readonly property bool live: mode === "LIVE"
    readonly property bool known: mode === "PAPER" || live

    implicitHeight: Theme.sizeControl
    implicitWidth: row.implicitWidth + 2 * (Theme.space2 + 2)
    Accessible.role: Accessible.StaticText
    Accessible.name: mode + " " + words

    Rectangle {
        anchors.fill: parent
        visible: badge.known
        radius: Theme.radiusControl
        color: badge.live ? Theme.liveFill : Theme.panel
    }
    Hatch {
        anchors.fill: parent
        anchors.margins: Theme.strokeHair + 1
        visible: badge.mode === "PAPER"
    }
    Rectangle {
        anchors.fill: parent
        visible: badge.known
        radius: Theme.radiusControl
        color: "transparent"
        border.width: Theme.strokeHair
        border.color: badge.live ? Theme.live : Theme.paper
    }
    DashedFrame {
        anchors.fill: parent
        visible: !badge.known
        color: Theme.textOff
        radius: Theme.radiusControl
    }
    Row {
        id: row
        anchors.centerIn: parent
        spacing: Theme.space2
        Txt {
            anchors.verticalCenter: parent.verticalCenter
            text: badge.known ? badge.mode : "mode not known"
            font: badge.known ? Theme.title : Theme.label
            color: badge.live ? Theme.textOnFill : badge.known ? Theme.text1 : Theme.text3
        }
        Txt {
            anchors.verticalCenter: parent.verticalCenter
            visible: badge.known && text !== ""
            text: badge.words
            font: Theme.caption
            color: badge.live ? Theme.textOnFill : Theme.text2
        }
    }
}
