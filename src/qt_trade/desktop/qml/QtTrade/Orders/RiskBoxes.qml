pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What the account would be after a fill, and each risk check with its value.
ColumnLayout {
    id: boxes

    required property var desk
    readonly property var view: desk.ticket.view

    spacing: Theme.space3

    component Box: Rectangle {
        id: box
        property string title: ""
        property string note: ""
        property string noteTone: "faint"
        default property alias lines: column.data
        Layout.fillWidth: true
        implicitHeight: column.implicitHeight + 2 * Theme.space2 + 2
        radius: Theme.radiusControl
        color: Theme.inset
        border.color: Theme.line
        border.width: Theme.strokeHair
        ColumnLayout {
            id: column
            x: Theme.space3
            y: Theme.space2
            width: parent.width - 2 * Theme.space3
            spacing: Theme.space1
            RowLayout {
                Layout.fillWidth: true
                Txt { Layout.fillWidth: true; text: box.title; font: Theme.label; color: Theme.text3 }
                Txt { text: box.note; font: Theme.label; color: Tones.ink(box.noteTone) }
            }
        }
    }

    Box {
        objectName: "whatIf"
        title: "What if it fills, open orders counted"
        note: boxes.view.riskNote
        noteTone: boxes.view.riskTone
        Txt {
            Layout.fillWidth: true
            visible: boxes.view.whatIf.length === 0
            text: boxes.view.riskWords !== "" ? boxes.view.riskWords : boxes.view.hint
            color: Theme.text3
            wrapMode: Text.WordWrap
            maximumLineCount: 3
        }
        Repeater {
            model: boxes.view.whatIf
            delegate: RowLayout {
                id: line
                required property var modelData
                Layout.fillWidth: true
                spacing: Theme.space1 + 2
                Txt { Layout.fillWidth: true; text: line.modelData.label; color: Theme.text2 }
                Txt { visible: text !== ""; text: line.modelData.before; font: Theme.number }
                Txt { text: line.modelData.value; font: Theme.number }
                Txt { visible: text !== ""; text: line.modelData.more; color: Theme.text3 }
            }
        }
    }
    Box {
        objectName: "riskChecks"
        visible: boxes.view.checks.length > 0
        title: "Risk checks"
        note: boxes.view.checksWords
        noteTone: boxes.view.checksTone
        Repeater {
            model: boxes.view.checks
            delegate: Item {
                id: check
                required property var modelData
                readonly property color ink: modelData.tone === "crit" ? Theme.crit : Theme.text1
                Layout.fillWidth: true
                implicitHeight: Theme.captionLine + (words.visible ? words.contentHeight : 0)
                Icon { y: 2; name: check.modelData.icon; color: Tones.ink(check.modelData.tone); size: Theme.captionLine - 3 }
                Txt {
                    x: Theme.captionLine + Theme.space2 - 1
                    width: figure.x - x - Theme.space2
                    height: Theme.captionLine
                    text: check.modelData.title
                    font: Theme.label
                    color: check.ink
                    HoverHandler { id: hover }
                    Tip { visible: hover.hovered && check.modelData.hint !== ""; text: check.modelData.hint }
                }
                Txt {
                    id: figure
                    anchors.right: parent.right
                    width: Math.min(implicitWidth, check.width / 2)
                    height: Theme.captionLine
                    text: check.modelData.value
                    font: Theme.label
                    color: check.ink
                }
                Txt {
                    id: words
                    x: Theme.captionLine + Theme.space2 - 1
                    y: Theme.captionLine
                    width: parent.width - x
                    visible: text !== ""
                    text: check.modelData.words
                    font: Theme.caption
                    color: Theme.text3
                    wrapMode: Text.WordWrap
                    maximumLineCount: 2
                }
            }
        }
        RowLayout {
            Layout.fillWidth: true
            visible: boxes.view.checksMore !== "" || boxes.view.checks.length > 8
            Txt { Layout.fillWidth: true; Layout.leftMargin: Theme.captionLine + Theme.space2 - 1; text: boxes.view.checksMore; font: Theme.label; color: Theme.text2 }
            ActionButton {
                objectName: "showEveryCheck"
                kind: "link"
                small: true
                text: boxes.view.checksMore !== "" ? "Show all" : "Show less"
                onClicked: boxes.desk.ticket.showEveryCheck(boxes.view.checksMore !== "")
            }
        }
    }
}
