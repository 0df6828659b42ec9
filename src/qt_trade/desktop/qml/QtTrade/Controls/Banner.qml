import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// One line across the page for what everybody must know now.
Rectangle {
    id: banner

    property string icon: "plug"
    property string tone: "crit"
    property string title: ""
    property string words: ""
    property string detail: ""
    property string action: ""
    property string more: ""
    signal acted()
    signal moreWanted()

    implicitHeight: Theme.sizeBanner
    radius: Theme.radiusCard
    color: Tones.soft(tone)
    border.width: Theme.strokeHair
    border.color: Tones.ink(tone)
    Accessible.role: Accessible.AlertMessage
    Accessible.name: title + " " + words

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.space4
        anchors.rightMargin: Theme.space3
        spacing: Theme.space3
        Icon {
            name: banner.icon
            color: Tones.ink(banner.tone)
        }
        Txt {
            objectName: banner.objectName + "Title"
            text: banner.title
            font: Theme.title
        }
        Txt {
            objectName: banner.objectName + "Words"
            Layout.fillWidth: true
            text: banner.words
            color: Theme.text2
            wrapMode: Text.WordWrap
            maximumLineCount: 2
        }
        Txt {
            visible: text !== ""
            text: banner.detail
            font: Theme.caption
            color: Theme.text2
            Layout.maximumWidth: Math.min(implicitWidth, banner.width * 0.24)
            HoverHandler { id: hover }
            Tip {
                visible: hover.hovered && parent.truncated
                text: banner.detail
            }
        }
        ActionButton {
            objectName: banner.objectName + "Action"
            visible: banner.action !== ""
            small: true
            text: banner.action
            onClicked: banner.acted()
        }
        ActionButton {
            objectName: banner.objectName + "More"
            visible: banner.more !== ""
            small: true
            text: banner.more
            onClicked: banner.moreWanted()
        }
    }
}
