import QtQuick
import QtQuick.Templates as T
import QtTrade.Theme

// A verb with its object. Kinds: primary, secondary, danger, link; live is for real money alone.
T.Button {
    id: button

    property string kind: "secondary"
    property string iconName: ""
    property bool small: false
    // Whether Enter presses it; for what must not be done by the key one presses without looking.
    property bool enters: true
    property string hint: ""
    readonly property color ink: {
        if (!enabled)
            return Theme.textOff;
        switch (kind) {
        case "primary": case "live": return Theme.textOnFill;
        case "danger": return Theme.crit;
        case "link": return Theme.accent;
        default: return Theme.text1;
        }
    }

    implicitHeight: small ? Theme.sizeControlSmall : Theme.sizeControl
    implicitWidth: row.implicitWidth + 2 * (kind === "link" ? Theme.space1 : Theme.space4 - 2)
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: text
    Accessible.description: hint
    Keys.onReturnPressed: if (enabled && enters) clicked()

    background: Rectangle {
        radius: Theme.radiusControl
        color: {
            if (button.kind === "link")
                return "transparent";
            if (button.kind === "live" && button.enabled)
                return Theme.liveFill;
            if (button.kind === "primary" || button.kind === "live")
                return !button.enabled ? Theme.accentSoft
                     : button.hovered ? Theme.accentFillHover : Theme.accentFill;
            return button.enabled && (button.hovered || button.down) ? Theme.hover : Theme.panel;
        }
        border.width: button.kind === "secondary" || button.kind === "danger" ? Theme.strokeHair : 0
        border.color: !button.enabled ? Theme.lineStrong
                    : button.kind === "danger" ? Theme.crit : Theme.control
        FocusRing { control: button }
    }
    contentItem: Item {
        implicitWidth: row.implicitWidth
        Row {
            id: row
            anchors.centerIn: parent
            spacing: Theme.space2
            Icon {
                anchors.verticalCenter: parent.verticalCenter
                visible: button.iconName !== ""
                name: button.iconName
                color: button.ink
                size: Theme.captionLine
            }
            Txt {
                anchors.verticalCenter: parent.verticalCenter
                text: button.text
                color: button.ink
                font: button.small ? Theme.label : Theme.title
                Accessible.ignored: true
            }
        }
    }
    Tip {
        visible: button.hint !== "" && button.hovered
        text: button.hint
    }
}
