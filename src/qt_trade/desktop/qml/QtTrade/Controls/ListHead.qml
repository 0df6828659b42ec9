pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme

// The header row of a list: titles over its columns; a column without a width takes its share.
Item {
    id: head

    required property var columns

    width: parent ? parent.width : 0
    height: visible ? Theme.sizeRowNormal : 0

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.space3
        anchors.rightMargin: Theme.space3
        spacing: Theme.space2
        Repeater {
            model: head.columns
            delegate: Txt {
                required property var modelData
                readonly property bool fixed: modelData.width !== undefined
                Layout.preferredWidth: fixed ? modelData.width : 1
                Layout.fillWidth: !fixed
                horizontalAlignment: modelData.right ? Text.AlignRight : Text.AlignLeft
                text: modelData.title
                font: Theme.caption
                color: Theme.text3
            }
        }
    }
    Rectangle { anchors.bottom: parent.bottom; width: parent.width; height: Theme.strokeHair; color: Theme.line }
}
