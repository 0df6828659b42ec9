pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// An order's way, step by step. One that nobody knows is dashed amber, and locked until it is known.
Item {
    id: life

    required property var desk
    readonly property var view: desk.orders.view
    readonly property bool unknown: view.life.unknown ?? false
    readonly property var steps: view.life.steps ?? []

    objectName: "lifeLine"
    implicitHeight: content.implicitHeight + 2 * Theme.space3
    Accessible.role: Accessible.Grouping
    Accessible.name: title.text

    DashedFrame {
        anchors.fill: parent
        visible: life.unknown
        color: Theme.warn
        radius: Theme.radiusControl
    }
    Rectangle {
        anchors.fill: parent
        visible: !life.unknown
        color: Theme.inset
        border.color: Theme.line
        border.width: Theme.strokeHair
        radius: Theme.radiusControl
    }
    ColumnLayout {
        id: content
        x: Theme.space3
        y: Theme.space3
        width: parent.width - 2 * Theme.space3
        spacing: Theme.space3
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            Icon { visible: life.unknown; name: "question"; color: Theme.warn; size: Theme.captionLine }
            Txt { id: title; objectName: "lifeTitle"; text: life.view.life.title ?? ""; font: Theme.title }
            Txt {
                objectName: "lifeWords"
                Layout.fillWidth: true
                text: life.view.life.words ?? ""
                color: Theme.text2
                wrapMode: Text.WordWrap
                maximumLineCount: 2
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: 0
            Repeater {
                model: life.steps
                delegate: Item {
                    id: step
                    required property var modelData
                    required property int index
                    readonly property bool last: index === life.steps.length - 1
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    Layout.alignment: Qt.AlignTop
                    implicitHeight: words.y + words.implicitHeight
                    Rectangle {
                        visible: !step.last
                        x: 9
                        y: 4
                        width: parent.width - 9
                        height: 2
                        color: step.modelData.reached && (life.steps[step.index + 1]?.reached ?? false) ? Theme.accent : Theme.lineStrong
                    }
                    Rectangle {
                        width: 9
                        height: 9
                        radius: 5
                        color: step.modelData.unknown ? Theme.panel : step.modelData.reached ? Theme.accent : Theme.lineStrong
                        border.width: step.modelData.unknown ? 2 : 0
                        border.color: Theme.warn
                    }
                    Txt { y: 14; width: parent.width - Theme.space2; text: step.modelData.name; font: Theme.label; color: step.modelData.unknown ? Theme.warn : step.modelData.reached ? Theme.text1 : Theme.text3 }
                    Txt { id: at; y: 30; width: parent.width - Theme.space2; visible: text !== ""; text: step.modelData.at; font: Theme.caption; color: Theme.text2 }
                    Txt { id: words; y: at.visible ? 46 : 30; width: parent.width - Theme.space2; text: step.modelData.words; font: Theme.caption; color: Theme.text3; wrapMode: Text.WordWrap; maximumLineCount: 2 }
                }
            }
            Column {
                Layout.alignment: Qt.AlignTop
                Layout.preferredWidth: Math.min(orderId.implicitWidth, life.width * 0.28)
                spacing: 1
                Txt { anchors.right: parent.right; text: "Order id"; font: Theme.caption; color: Theme.text3 }
                Txt { id: orderId; objectName: "lifeOrderId"; anchors.right: parent.right; width: Math.min(implicitWidth, parent.width); elide: Text.ElideMiddle; text: life.view.life.id ?? ""; font: Theme.mono; color: Theme.text2 }
                Txt { anchors.right: parent.right; width: Math.min(implicitWidth, parent.width); text: life.view.life.note ?? ""; font: Theme.caption; color: Theme.text3 }
            }
        }
    }
}
