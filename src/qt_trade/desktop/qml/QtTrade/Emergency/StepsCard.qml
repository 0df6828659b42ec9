pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The steps of the emergency with the time of each since the call.
Rectangle {
    id: card

    required property var desk

    objectName: "emergencySteps"
    implicitHeight: column.implicitHeight
    radius: Theme.radiusCard
    color: Theme.panel
    border.color: Theme.line
    border.width: Theme.strokeHair
    Accessible.role: Accessible.Grouping
    Accessible.name: "What happens"

    ColumnLayout {
        id: column
        width: parent.width
        spacing: 0
        Txt {
            Layout.leftMargin: Theme.space3
            Layout.preferredHeight: Theme.sizeControl + Theme.space1 + 2
            text: "What happens"
            font: Theme.title
        }
        Repeater {
            model: card.desk.emergency.steps
            delegate: Item {
                id: place
                required property var row
                Layout.fillWidth: true
                implicitHeight: step.implicitHeight
                Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.line }
                StepRow { id: step; width: parent.width; row: place.row }
            }
        }
        Rectangle { Layout.fillWidth: true; implicitHeight: Theme.strokeHair; color: Theme.line }
        Txt {
            Layout.fillWidth: true
            Layout.margins: Theme.space4
            text: "It cannot be undone. If this desk or Redis fails now, the backend finishes alone."
            font: Theme.label
            color: Theme.text2
            wrapMode: Text.WordWrap
        }
    }
}
