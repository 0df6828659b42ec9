import QtQuick
import QtTrade.Theme

// Lies over a number: pointing, a click, or I with the focus on it shows its age and source.
Item {
    id: probe

    property string subject: ""
    property string value: ""
    property string name: ""
    // What the value means, for who cannot see how it is drawn.
    property string told: ""
    // Whether a tap keeps the pop-up open; without it only pointing shows it.
    property bool taps: true

    // What a click and the key I do.
    function toggle(): void { Ages.toggle(probe); }

    anchors.fill: parent
    enabled: subject !== ""
    activeFocusOnTab: true
    Accessible.role: Accessible.StaticText
    Accessible.name: name === "" ? value : name + " " + value
    Accessible.description: (told === "" ? "" : told + ". ") + "I shows age and source"
    Accessible.ignored: subject === ""
    Keys.onPressed: event => {
        if (event.key === Qt.Key_I && event.modifiers === Qt.NoModifier) {
            probe.toggle();
            event.accepted = true;
        }
    }
    onActiveFocusChanged: if (!activeFocus && Ages.at === probe && Ages.pinned) Ages.close()
    onVisibleChanged: if (!visible) Ages.leave(probe)
    Component.onDestruction: if (Ages.at === probe) Ages.close()

    HoverHandler {
        enabled: probe.subject !== ""
        onHoveredChanged: hovered ? Ages.point(probe) : Ages.leave(probe)
    }
    TapHandler {
        enabled: probe.subject !== "" && probe.taps
        onTapped: {
            probe.forceActiveFocus(Qt.MouseFocusReason);
            probe.toggle();
        }
    }
    Rectangle {
        anchors.fill: parent
        anchors.margins: -Theme.strokeFocus
        visible: probe.activeFocus
        color: "transparent"
        border.color: Theme.focus
        border.width: Theme.strokeHair
        radius: Theme.radiusChip
    }
}
