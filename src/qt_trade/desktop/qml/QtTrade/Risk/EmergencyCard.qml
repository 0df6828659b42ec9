import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The steps a person can take, the smallest first; each is held for as long as the panic control.
Rectangle {
    id: card

    required property var desk
    readonly property var view: desk.risk.view

    objectName: "emergencySteps7"
    implicitHeight: column.implicitHeight + Theme.space3
    radius: Theme.radiusCard
    color: Theme.panel
    border.color: Theme.crit
    border.width: Theme.strokeHair
    Accessible.role: Accessible.Grouping
    Accessible.name: "Emergency"

    ColumnLayout {
        id: column
        width: parent.width
        spacing: Theme.space2 + 2
        RowLayout {
            Layout.fillWidth: true
            Layout.leftMargin: Theme.space3
            Layout.rightMargin: Theme.space3
            Layout.preferredHeight: Theme.sizeControl + Theme.space1 + 2
            Txt { text: "Emergency"; font: Theme.title }
            Item { Layout.fillWidth: true }
            Chip {
                objectName: "armed"
                text: card.view.armed
                icon: card.view.armedIcon
                tone: card.view.armedTone
                dashed: card.view.armedIcon === "question"
                small: true
            }
        }
        Rectangle { Layout.fillWidth: true; Layout.topMargin: -Theme.space2 - 2; implicitHeight: Theme.strokeHair; color: Theme.line }
        component Step: HoldButton {
            Layout.fillWidth: true
            Layout.leftMargin: Theme.space3
            Layout.rightMargin: Theme.space3
            implicitHeight: 44
            reachable: card.view.reachable
            onRefused: card.desk.emergency.refuse()
        }
        Step {
            objectName: "stepStop"
            text: "Stop AutoTrading"
            words: "no new orders, keep positions"
            iconName: "pause"
            enabled: card.view.canStop
            onConfirmed: how => card.desk.emergency.stopTrading(how)
        }
        Step {
            objectName: "stepCancel"
            text: card.view.cancelTitle
            words: "and stop AutoTrading"
            iconName: "cross"
            enabled: card.view.canCancel
            onConfirmed: how => card.desk.emergency.cancelAll(how)
        }
        Step {
            objectName: "stepClose"
            text: card.view.closeTitle
            words: card.view.closeWords
            filled: true
            enabled: card.view.canClose
            onConfirmed: how => card.desk.emergency.panic(how)
        }
        ActionButton {
            objectName: "stepResume"
            Layout.fillWidth: true
            Layout.leftMargin: Theme.space3
            Layout.rightMargin: Theme.space3
            visible: card.view.canResume
            text: "Resume after emergency"
            enabled: card.view.reachable
            onClicked: card.desk.emergency.resume()
        }
        Txt {
            Layout.fillWidth: true
            Layout.leftMargin: Theme.space3
            Layout.rightMargin: Theme.space3
            text: "Hold each for 1.5 s. Closing works from every page with F12, and on the server with qtrade panic."
            font: Theme.caption
            color: Theme.text3
            wrapMode: Text.WordWrap
        }
    }
}
