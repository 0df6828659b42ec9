import QtQuick
import QtQuick.Templates as T
import QtTrade.Theme

// A tool tip: why a control is off, or what a short word stands for.
T.ToolTip {
    id: tip

    delay: Theme.durationSlow
    y: parent ? parent.height + Theme.space1 : 0
    x: parent ? Math.round((parent.width - implicitWidth) / 2) : 0
    margins: Theme.space2
    padding: Theme.space2
    // An outsider's reason may be long: it wraps.
    implicitWidth: Math.min(contentItem.implicitWidth + 2 * padding, 440)
    implicitHeight: contentItem.implicitHeight + 2 * padding
    contentItem: Txt {
        text: tip.text
        font: Theme.caption
        elide: Text.ElideNone
        wrapMode: Text.Wrap
    }
    background: Rectangle {
        color: Theme.raised
        border.color: Theme.lineStrong
        border.width: Theme.strokeHair
        radius: Theme.radiusChip
    }
}
