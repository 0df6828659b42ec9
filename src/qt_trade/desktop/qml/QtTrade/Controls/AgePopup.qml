pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// Age and source of one number. It takes no pointer, so that what it covers stays within reach.
Rectangle {
    id: popup

    required property var view
    readonly property rect place: Ages.place
    readonly property bool below: place.y + place.height + height + Theme.space2 <= parent.height

    objectName: "agePopup"
    visible: view.shown
    width: 348
    height: content.implicitHeight + 2 * Theme.space3
    readonly property real beside: place.x + place.width / 2 < parent.width / 2 ? place.x : place.x + place.width - width
    x: Math.round(Math.max(Theme.space2, Math.min(parent.width - width - Theme.space2, beside)))
    y: Math.round(below ? place.y + place.height + Theme.space1 : Math.max(Theme.space2, place.y - height - Theme.space1))
    radius: Theme.radiusCard
    color: Theme.raised
    border.color: Ages.pinned ? Theme.control : Theme.lineStrong
    border.width: Theme.strokeHair
    Accessible.role: Accessible.ToolTip
    Accessible.name: value.text + ", " + popup.view.line

    ColumnLayout {
        id: content
        x: Theme.space3
        y: Theme.space3
        width: parent.width - 2 * Theme.space3
        spacing: Theme.space2 - 2

        RowLayout {
            Layout.fillWidth: true
            Layout.bottomMargin: Theme.space1
            spacing: Theme.space3
            Txt {
                id: value
                objectName: "agePopupValue"
                Layout.maximumWidth: popup.width * 0.45
                text: Ages.value
                font: Theme.title
            }
            Txt {
                objectName: "agePopupLine"
                Layout.fillWidth: true
                horizontalAlignment: Text.AlignRight
                text: popup.view.line
                font: Theme.caption
                color: Tones.ink(popup.view.tone)
                wrapMode: Text.WordWrap
                maximumLineCount: 2
            }
        }
        Repeater {
            model: popup.view.rows
            delegate: RowLayout {
                id: line
                required property var modelData
                Layout.fillWidth: true
                spacing: Theme.space3
                Txt {
                    Layout.alignment: Qt.AlignTop
                    text: line.modelData.name
                    font: Theme.label
                    color: Theme.text2
                }
                Txt {
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignRight
                    text: line.modelData.value
                    font: Theme.label
                    color: Tones.ink(line.modelData.tone)
                    wrapMode: Text.WordWrap
                    maximumLineCount: 4
                }
            }
        }
    }
}
