import QtQuick
import QtQuick.Templates as T
import QtQuick.Shapes
import QtTrade.Theme

// Acts only after it was held for the whole time; letting go cancels and nothing is sent.
T.AbstractButton {
    id: hold

    property bool reachable: true
    property bool engaged: false
    property string engagedWords: ""
    property string lockedWords: ""
    property bool keyHeld: false
    readonly property bool holding: reachable && (down || keyHeld) && progress < 1
    property real progress: 0
    signal confirmed()
    signal refused()

    function press(): void {
        if (!reachable)
            refused();
        keyHeld = true;
    }
    function release(): void { keyHeld = false; }

    implicitWidth: Theme.sizePanicWidth
    implicitHeight: Theme.sizeRowComfortable + 2
    focusPolicy: Qt.TabFocus
    Accessible.name: text
    Accessible.description: caption.text
    onPressed: if (!reachable) refused()
    onHoldingChanged: {
        if (holding)
            fill.start();
        else if (progress < 1)
            { fill.stop(); progress = 0; }
    }
    onDownChanged: if (!down && !keyHeld) progress = 0
    onKeyHeldChanged: if (!down && !keyHeld) progress = 0

    NumberAnimation {
        id: fill
        target: hold
        property: "progress"
        from: 0
        to: 1
        duration: Theme.durationHoldToConfirm
        onFinished: if (hold.progress >= 1) hold.confirmed()
    }
    background: Item {
        Rectangle {
            anchors.fill: parent
            visible: hold.reachable
            radius: Theme.radiusControl
            color: hold.engaged ? Theme.critFill : hold.holding ? Theme.critSoft : Theme.panel
            border.width: Theme.strokeHair
            border.color: Theme.crit
            clip: true
            Rectangle {
                visible: hold.holding
                x: 1
                y: 1
                width: (parent.width - 2) * hold.progress
                height: parent.height - 2
                radius: parent.radius
                color: Theme.critFill
            }
            FocusRing { control: hold }
        }
        DashedFrame {
            anchors.fill: parent
            visible: !hold.reachable
            color: Theme.crit
            radius: Theme.radiusControl
        }
    }
    contentItem: Item {
        readonly property color ink: hold.engaged || hold.holding ? Theme.textOnFill : Theme.crit
        id: face
        Icon {
            x: Theme.space3
            anchors.verticalCenter: parent.verticalCenter
            name: "panic"
            color: face.ink
            size: Theme.sizeIcon + 2
        }
        Column {
            x: Theme.space6 + Theme.space2
            anchors.verticalCenter: parent.verticalCenter
            width: parent.width - x
            Txt {
                width: parent.width
                height: Theme.captionLine
                text: hold.holding ? "Keep holding" : hold.engaged ? "Stopped" : hold.text
                font: Theme.title
                color: face.ink
                Accessible.ignored: true
            }
            Txt {
                id: caption
                objectName: hold.objectName + "Caption"
                width: parent.width
                height: Theme.captionLine - 2
                text: !hold.reachable ? hold.lockedWords || "unreachable"
                    : hold.holding ? (Theme.durationHoldToConfirm / 1000 * (1 - hold.progress)).toFixed(1) + " s to go"
                    : hold.engaged ? hold.engagedWords : "hold 1.5 s · F12"
                font: Theme.caption
                color: hold.engaged || hold.holding ? Theme.textOnFill : Theme.text1
                Accessible.ignored: true
            }
        }
    }
}
