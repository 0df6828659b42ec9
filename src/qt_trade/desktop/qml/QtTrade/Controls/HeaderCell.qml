import QtQuick
import QtTrade.Theme

// One cell of the header: a word over a word, with an icon, on its own ground when it matters.
Item {
    id: cell

    property string icon: ""
    property string title: ""
    property string unit: ""
    property string titleTone: ""
    property string words: ""
    property string wordsTone: "faint"
    property bool triangle: false
    property bool stale: false
    property bool alarmed: false
    property bool dashed: false
    property string hint: ""
    property string subject: ""
    property string chip: ""
    property string actionName: ""
    signal tapped()
    property int cut: Text.ElideRight
    readonly property real least: top.implicitWidth + 2 * Theme.space3 + 4
    readonly property color ink: stale ? Theme.text3 : Tones.ink(titleTone)

    implicitWidth: Math.max(top.implicitWidth, sub.implicitWidth + (tag.visible ? tag.width + Theme.space2 : 0)) + 2 * Theme.space3 + 4
    implicitHeight: Theme.sizeHeader
    Accessible.role: Accessible.Grouping
    Accessible.name: title + (unit === "" ? "" : " " + unit) + ", " + words

    Rectangle {
        anchors.fill: parent
        visible: cell.alarmed
        color: Theme.critSoft
    }
    Rectangle {
        width: Theme.strokeHair
        height: parent.height
        color: Theme.line
    }
    DashedFrame {
        anchors { fill: parent; leftMargin: Theme.space2; rightMargin: Theme.space1; topMargin: Theme.space2; bottomMargin: Theme.space2 }
        visible: cell.dashed
        color: cell.stale ? Theme.text3 : Theme.text2
    }
    Column {
        x: Theme.space3 + 3
        width: parent.width - 2 * Theme.space3 - 3
        anchors.verticalCenter: parent.verticalCenter
        Row {
            id: top
            height: Theme.bodyLine - 2
            spacing: Theme.space2 - 1
            Icon {
                anchors.verticalCenter: parent.verticalCenter
                visible: cell.icon !== ""
                name: cell.icon
                color: cell.titleTone === "" ? Theme.text2 : cell.ink
                size: cell.triangle ? 9 : Theme.captionLine
            }
            Txt {
                objectName: cell.objectName + "Title"
                anchors.verticalCenter: parent.verticalCenter
                visible: text !== ""
                text: cell.title
                font: Theme.title
                color: cell.ink
            }
            Txt {
                anchors.verticalCenter: parent.verticalCenter
                visible: text !== ""
                text: cell.unit
                font: Theme.label
                color: Theme.text3
            }
        }
        Row {
            width: parent.width
            spacing: Theme.space1 + 1
            Rectangle {
                id: tag
                objectName: cell.objectName + "Chip"
                visible: cell.chip !== ""
                anchors.verticalCenter: parent.verticalCenter
                width: visible ? tagWords.implicitWidth + Theme.space2 : 0
                height: Theme.captionLine - 2
                radius: Theme.radiusChip
                color: "transparent"
                border.color: Theme.warn
                border.width: Theme.strokeHair
                Txt { id: tagWords; anchors.centerIn: parent; text: cell.chip; font: Theme.caption; color: Theme.warn }
            }
        Txt {
            id: sub
            objectName: cell.objectName + "Words"
            width: parent.width - (tag.visible ? tag.width + parent.spacing : 0)
            text: cell.words
            elide: cell.cut
            font: Theme.caption
            color: Tones.ink(cell.wordsTone)
        }
        }
    }
    AgeSource {
        id: source
        objectName: cell.objectName + "Age"
        anchors.margins: Theme.space1
        // A cell that leads somewhere says its age under the pointer, and its tap is the way there.
        taps: cell.actionName === ""
        activeFocusOnTab: cell.actionName === ""
        subject: cell.subject
        value: cell.title
        name: cell.words
    }
    TapHandler { onTapped: cell.tapped() }
    activeFocusOnTab: actionName !== ""
    Keys.onReturnPressed: tapped()
    Keys.onSpacePressed: tapped()
    Keys.onPressed: event => {
        if (event.key === Qt.Key_I && event.modifiers === Qt.NoModifier && cell.subject !== "") {
            source.toggle();
            event.accepted = true;
        }
    }
    Rectangle {
        anchors.fill: parent
        anchors.margins: Theme.space1
        visible: cell.activeFocus
        color: "transparent"
        border.color: Theme.focus
        border.width: Theme.strokeFocus
        radius: Theme.radiusControl
    }
    HoverHandler { id: hover }
    Tip {
        visible: cell.subject === "" && cell.hint !== "" && hover.hovered
        text: cell.hint
    }
}
