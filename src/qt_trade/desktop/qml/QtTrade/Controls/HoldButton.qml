import QtQuick
import QtQuick.Templates as T
import QtQuick.Shapes
import QtTrade.Theme

// Acts only after it was held for the whole time; letting go cancels and nothing is sent.
T.AbstractButton {
    id: hold

    property bool reachable: true
    property bool engaged: false
    property string engagedTitle: "Stopped"
    property string engagedWords: ""
    property string words: "hold 1.5 s · F12"
    property string iconName: "panic"
    property bool filled: false
    property bool heldOut: false
    property string lockedWords: ""
    property bool keyHeld: false
    readonly property bool holding: reachable && (down || keyHeld) && progress < 1
    property real progress: 0
    readonly property bool bright: engaged || holding || filled
    // By which control it was held to its end: button or key.
    signal confirmed(string how)
    signal refused()
    // A short press while it is engaged: show what is going on.
    signal tapped()

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
    onPressed: {
        heldOut = false;
        if (!reachable)
            refused();
    }
    onClicked: if (reachable && engaged && !heldOut) tapped()
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
        onFinished: {
            if (hold.progress >= 1) {
                hold.heldOut = true;
                hold.confirmed(hold.down ? "button" : "F12");
            }
        }
    }
    background: Item {
        Rectangle {
            anchors.fill: parent
            visible: hold.reachable
            radius: Theme.radiusControl
            color: !hold.enabled ? Theme.panel : hold.holding ? Theme.critSoft : hold.engaged || hold.filled ? Theme.critFill : Theme.panel
            border.width: Theme.strokeHair
            border.color: hold.enabled ? Theme.crit : Theme.lineStrong
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
        readonly property color ink: !hold.enabled ? Theme.textOff : hold.reachable && hold.bright ? Theme.textOnFill : Theme.crit
        id: face
        Icon {
            x: Theme.space3
            anchors.verticalCenter: parent.verticalCenter
            visible: !hold.holding
            name: hold.iconName
            color: face.ink
            size: Theme.sizeIcon + 2
        }
        Shape {
            id: ring
            x: Theme.space3
            anchors.verticalCenter: parent.verticalCenter
            visible: hold.holding
            width: Theme.sizeIcon + 2
            height: width
            ShapePath {
                strokeColor: Qt.alpha(Theme.textOnFill, 0.35)
                strokeWidth: 3
                fillColor: "transparent"
                PathAngleArc { centerX: ring.width / 2; centerY: centerX; radiusX: 7; radiusY: 7; startAngle: -90; sweepAngle: 360 }
            }
            ShapePath {
                strokeColor: Theme.textOnFill
                strokeWidth: 3
                fillColor: "transparent"
                PathAngleArc { centerX: ring.width / 2; centerY: centerX; radiusX: 7; radiusY: 7; startAngle: -90; sweepAngle: 360 * hold.progress }
            }
        }
        Column {
            x: Theme.space6 + Theme.space2
            anchors.verticalCenter: parent.verticalCenter
            width: parent.width - x
            Txt {
                width: parent.width
                height: Theme.captionLine
                text: hold.holding ? "Keep holding" : hold.engaged && hold.reachable ? hold.engagedTitle : hold.text
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
                    : hold.engaged ? hold.engagedWords : hold.words
                font: Theme.caption
                color: !hold.enabled ? Theme.textOff : hold.reachable && hold.bright ? Theme.textOnFill : Theme.text1
                Accessible.ignored: true
            }
        }
    }
}
