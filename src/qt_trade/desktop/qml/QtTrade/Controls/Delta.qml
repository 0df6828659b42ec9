import QtQuick
import QtTrade.Theme

// A signed value: triangle, sign, colour. Stale keeps triangle and sign and loses the colour.
Row {
    id: delta

    property string text: ""
    property string tone: ""
    property bool stale: false
    property bool triangle: true
    property string subject: ""
    property string name: ""
    property font font: Theme.number
    readonly property color ink: stale ? Theme.text3 : Tones.ink(tone)

    spacing: Theme.space1 + 1

    Icon {
        anchors.verticalCenter: parent.verticalCenter
        visible: delta.triangle && (delta.tone === "gain" || delta.tone === "loss")
        name: delta.tone === "loss" ? "down" : "up"
        color: delta.ink
        size: Math.round(delta.font.pixelSize * 0.7)
    }
    Txt {
        anchors.verticalCenter: parent.verticalCenter
        text: delta.text
        font: delta.font
        color: delta.ink
        AgeSource {
            subject: delta.subject
            value: delta.text
            name: delta.name
        }
    }
}
