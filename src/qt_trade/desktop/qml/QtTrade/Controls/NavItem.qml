import QtQuick
import QtQuick.Templates as T
import QtTrade.Theme

// One page in the navigation: icon, name, digit; in its place how much there needs a person.
T.AbstractButton {
    id: item

    property string iconName: ""
    property string digit: ""
    property int needs: 0
    property bool current: false
    property bool folded: false

    implicitHeight: Theme.sizeRowComfortable
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.role: Accessible.PageTab
    Accessible.name: needs > 0 ? text + ", " + needs + " to look at" : text
    Accessible.selected: current
    Keys.onReturnPressed: clicked()

    background: Rectangle {
        radius: Theme.radiusControl
        color: item.current ? Theme.selected : item.hovered ? Theme.hover : "transparent"
        FocusRing { control: item }
        Rectangle {
            visible: item.current
            x: -Theme.space2
            width: Theme.space1 - 1
            height: parent.height - Theme.space2
            anchors.verticalCenter: parent.verticalCenter
            color: Theme.accent
            radius: 1
        }
    }
    contentItem: Item {
        Icon {
            x: item.folded ? Math.round((parent.width - width) / 2) : Theme.space2 + 2
            anchors.verticalCenter: parent.verticalCenter
            name: item.iconName
            color: item.current ? Theme.accent : Theme.text2
        }
        Txt {
            visible: !item.folded
            x: Theme.space6 + Theme.space1 + 2
            anchors.verticalCenter: parent.verticalCenter
            text: item.text
            font: item.current ? Theme.number : Theme.body
            color: item.current ? Theme.text1 : Theme.text2
            Accessible.ignored: true
        }
        Chip {
            objectName: item.objectName + "Needs"
            visible: item.needs > 0
            anchors { right: parent.right; rightMargin: item.folded ? -Theme.space1 : Theme.space1 + 2; verticalCenter: parent.verticalCenter; verticalCenterOffset: item.folded ? -Theme.space2 : 0 }
            text: item.needs
            tone: "warn"
            small: true
            Accessible.ignored: true
        }
        Txt {
            visible: !item.folded && item.needs === 0
            anchors { right: parent.right; rightMargin: Theme.space2 + 2; verticalCenter: parent.verticalCenter }
            text: item.digit
            font: Theme.label
            color: Theme.text3
            Accessible.ignored: true
        }
    }
    Tip {
        visible: item.folded && item.hovered
        text: item.text + "  Ctrl " + item.digit
    }
}
