pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import QtTrade.Theme

// One of a few; left and right move, the chosen one is picked.
T.Control {
    id: segmented

    required property list<string> options
    property int index: 0
    property bool fill: false
    property string name: ""
    property string hint: ""
    // The places of those that cannot be chosen now; `hint` says why.
    property list<int> off
    signal picked(int index)

    implicitHeight: Theme.sizeControlSmall
    implicitWidth: row.implicitWidth
    focusPolicy: Qt.TabFocus
    opacity: enabled ? 1 : 0.5
    Accessible.role: Accessible.PageTabList
    Accessible.name: name
    Keys.onLeftPressed: pick(index - 1)
    Keys.onRightPressed: pick(index + 1)

    function pick(to: int): void {
        if (to >= 0 && to < options.length && !off.includes(to))
            picked(to);
    }

    HoverHandler { id: hover }
    Tip {
        visible: segmented.hint !== "" && hover.hovered
        text: segmented.hint
    }
    background: Rectangle {
        radius: Theme.radiusControl
        color: Theme.panel
        border.color: Theme.control
        border.width: Theme.strokeHair
        FocusRing { control: segmented }
    }
    contentItem: Row {
        id: row
        Repeater {
            model: segmented.options
            delegate: Rectangle {
                id: option

                required property string modelData
                required property int index
                readonly property bool chosen: segmented.index === index

                objectName: segmented.objectName + modelData
                width: segmented.fill ? segmented.width / segmented.options.length
                                      : label.implicitWidth + 2 * Theme.space3
                height: segmented.height
                radius: Theme.radiusControl
                color: chosen ? Theme.selected : area.containsMouse ? Theme.hover : "transparent"
                border.width: chosen ? Theme.strokeHair : 0
                border.color: Theme.accent
                Accessible.role: Accessible.PageTab
                Accessible.name: modelData
                Accessible.selected: chosen

                Txt {
                    id: label
                    anchors.centerIn: parent
                    text: option.modelData
                    font: Theme.label
                    color: option.chosen ? Theme.accent : segmented.off.includes(option.index) ? Theme.textOff : Theme.text2
                    Accessible.ignored: true
                }
                MouseArea {
                    id: area
                    anchors.fill: parent
                    hoverEnabled: true
                    enabled: segmented.enabled
                    onClicked: {
                        segmented.forceActiveFocus(Qt.MouseFocusReason);
                        segmented.focusReason = Qt.MouseFocusReason;
                        segmented.pick(option.index);
                    }
                }
            }
        }
    }
}
