import QtQuick
import QtQuick.Templates as T
import QtTrade.Theme

// A text entry with its unit; what is wrong stands under it in words.
T.TextField {
    id: field

    property string unit: ""
    property string error: ""
    property string name: ""
    property bool undecided: false
    property string hint: ""
    property string iconName: ""

    implicitWidth: 128
    implicitHeight: Theme.sizeControlSmall + 2
    leftPadding: Theme.space2 + 2 + (iconName !== "" ? Theme.captionLine + Theme.space1 : 0)
    rightPadding: Theme.space2 + 2 + (unitLabel.visible ? unitLabel.implicitWidth + Theme.space2 : 0)
    verticalAlignment: TextInput.AlignVCenter
    horizontalAlignment: TextInput.AlignRight
    font: Theme.number
    color: enabled ? Theme.text1 : Theme.textOff
    selectionColor: Theme.accentFill
    selectedTextColor: Theme.textOnFill
    selectByMouse: true
    Accessible.name: name
    Accessible.description: error

    background: Rectangle {
        radius: Theme.radiusControl
        color: Theme.inset
        border.width: Theme.strokeHair
        border.color: field.error !== "" ? Theme.crit : field.undecided ? Theme.warn : field.enabled ? Theme.control : Theme.lineStrong
        FocusRing {
            control: field
            shown: field.activeFocus
        }
        Icon {
            x: Theme.space2
            anchors.verticalCenter: parent.verticalCenter
            visible: field.iconName !== ""
            name: field.iconName
            color: Theme.text3
            size: Theme.captionLine - 2
        }
        Txt {
            visible: field.text === "" && field.preeditText === "" && field.placeholderText !== ""
            anchors { fill: parent; leftMargin: field.leftPadding; rightMargin: field.rightPadding }
            text: field.placeholderText
            font: Theme.body
            color: Theme.text3
            Accessible.ignored: true
        }
        HoverHandler { id: hover }
        Tip {
            visible: field.hint !== "" && hover.hovered && !field.enabled
            text: field.hint
        }
        Txt {
            id: unitLabel
            anchors { right: parent.right; rightMargin: Theme.space2 + 2; verticalCenter: parent.verticalCenter }
            visible: field.unit !== ""
            text: field.unit
            font: Theme.label
            color: Theme.text3
        }
    }
}
