import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// One holding, or the sum of all.
Rectangle {
    id: row

    required property var cells
    property bool stale: false
    property bool total: false
    signal opened()

    readonly property color ink: stale ? Theme.text2 : Theme.text1

    height: Theme.sizeRowCompact
    color: area.containsMouse && !total ? Theme.hover : "transparent"

    component Figure: Txt {
        Layout.fillWidth: true
        Layout.preferredWidth: 1
        horizontalAlignment: Text.AlignRight
        font: Theme.number
        color: row.ink
    }

    Rectangle {
        visible: row.total
        width: parent.width
        height: Theme.strokeHair
        color: Theme.lineStrong
    }
    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.space3
        anchors.rightMargin: Theme.space3
        spacing: Theme.space2
        Txt {
            Layout.preferredWidth: 72
            text: row.cells.symbol
            font: Theme.title
            color: row.ink
        }
        Figure { text: row.cells.qty }
        Figure { text: row.cells.average; color: Theme.text2 }
        Figure { text: row.cells.last }
        Item {
            Layout.fillWidth: true
            Layout.preferredWidth: 1
            Layout.fillHeight: true
            Delta {
                anchors { right: parent.right; verticalCenter: parent.verticalCenter }
                visible: text !== ""
                text: row.cells.dayPct
                tone: row.cells.dayTone
                stale: row.stale
            }
        }
        Figure { text: row.cells.day; color: row.stale ? Theme.text2 : Tones.ink(row.cells.dayTone) }
        Figure { text: row.cells.value }
        RowLayout {
            Layout.preferredWidth: 104
            Layout.fillWidth: false
            spacing: Theme.space2
            Meter {
                Layout.preferredWidth: 44
                opacity: row.total ? 0 : 1
                value: row.cells.used
                fill: row.cells.used >= 0.8 && !row.stale ? Theme.warn : Theme.text2
            }
            Figure { text: row.cells.weight }
        }
        Figure { text: row.cells.unrealized; color: row.stale ? Theme.text2 : Tones.ink(row.cells.unrealizedTone) }
    }
    MouseArea {
        id: area
        anchors.fill: parent
        hoverEnabled: true
        enabled: !row.total
        onClicked: row.opened()
    }
}
