import QtQuick
import QtQuick.Shapes
import QtTrade.Theme

// A state in a word, with its icon and its colour. Dashed means: not known, or not the real thing.
Item {
    id: chip

    required property string text
    property string icon: ""
    property string tone: ""
    property bool outlined: false
    property bool dashed: false
    property bool small: false
    readonly property color ink: Tones.ink(tone)

    implicitHeight: small ? 20 : 22
    implicitWidth: row.implicitWidth + 2 * Theme.space2
    Accessible.role: Accessible.StaticText
    Accessible.name: text

    Rectangle {
        anchors.fill: parent
        visible: !chip.dashed
        radius: Theme.radiusChip
        color: chip.outlined ? "transparent" : Tones.soft(chip.tone)
        border.width: chip.outlined ? Theme.strokeHair : 0
        border.color: chip.tone === "" ? Theme.control : chip.ink
    }
    DashedFrame {
        anchors.fill: parent
        visible: chip.dashed
        color: chip.ink
        radius: Theme.radiusChip
    }
    Row {
        id: row
        anchors.centerIn: parent
        spacing: Theme.space1 + 1
        Icon {
            anchors.verticalCenter: parent.verticalCenter
            visible: chip.icon !== ""
            name: chip.icon
            color: chip.ink
            size: Theme.captionLine - 2
        }
        Txt {
            text: chip.text
            anchors.verticalCenter: parent.verticalCenter
            font.family: Theme.familyUi
            font.pixelSize: Theme.caption.pixelSize
            font.weight: Theme.title.weight
            color: chip.tone === "" && !chip.outlined ? Theme.text2 : chip.ink
        }
    }
}
