import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// One source: its price, how old, how far off, what became of it, and what may still be asked of it.
Item {
    id: line

    required property var row
    property bool stale: false

    objectName: "source-" + row.name
    implicitHeight: column.implicitHeight + 2 * Theme.space2
    Accessible.role: Accessible.Grouping
    Accessible.name: row.title + ", " + row.verdict + ", " + row.price

    ColumnLayout {
        id: column
        x: Theme.space3
        y: Theme.space2 - 2
        width: parent.width - 2 * Theme.space3
        spacing: 3
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space1
            Txt {
                objectName: line.objectName + "Title"
                Layout.fillWidth: true
                text: line.row.title
                font: Theme.title
            }
            Txt {
                objectName: line.objectName + "Price"
                Layout.preferredWidth: 66
                horizontalAlignment: Text.AlignRight
                text: line.row.price
                font: Theme.number
                color: line.stale ? Theme.text3 : Tones.ink(line.row.priceTone)
                AgeSource { objectName: line.objectName + "Age"; subject: line.row.subject; value: line.row.price; name: line.row.title }
            }
            Txt {
                objectName: line.objectName + "Since"
                Layout.preferredWidth: 52
                horizontalAlignment: Text.AlignRight
                text: line.row.age
                font: Theme.number
                color: Tones.ink(line.stale ? "faint" : line.row.ageTone)
            }
            Txt {
                objectName: line.objectName + "Deviation"
                Layout.preferredWidth: 68
                horizontalAlignment: Text.AlignRight
                text: line.row.deviation
                font: Theme.number
                color: line.stale ? Theme.text3 : Theme.text2
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            Chip {
                objectName: line.objectName + "Verdict"
                text: line.row.verdict
                icon: line.row.icon
                tone: line.stale ? "faint" : line.row.tone
                dashed: line.row.icon === "replay"
                small: true
            }
            Txt {
                visible: text !== ""
                text: line.row.how
                font: Theme.caption
                color: Theme.text3
            }
            Txt {
                objectName: line.objectName + "Quota"
                Layout.fillWidth: true
                horizontalAlignment: Text.AlignRight
                text: line.row.quota
                font: Theme.caption
                color: Tones.ink(line.row.quotaTone)
                HoverHandler { id: hover }
                Tip {
                    visible: hover.hovered && text !== ""
                    text: line.row.quotaHint
                }
            }
        }
        Meter {
            objectName: line.objectName + "Meter"
            visible: line.row.share >= 0
            Layout.fillWidth: true
            value: Math.max(0, line.row.share)
            fill: line.row.quotaTone === "warn" ? Theme.warn : Theme.text2
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        x: Theme.space3
        width: parent.width - 2 * Theme.space3
        height: Theme.strokeHair
        color: Theme.line
    }
}
