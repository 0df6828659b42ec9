pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What the broker said twice, what was cancelled and what it cost, and the entry of the journal.
ColumnLayout {
    id: body

    required property var view
    required property var desk

    spacing: Theme.space1 + 2
    Repeater {
        model: body.view.pairs
        delegate: RowLayout {
            id: pair
            required property var modelData
            Layout.fillWidth: true
            spacing: Theme.space2
            Txt { text: pair.modelData.caption; color: Theme.text2 }
            Txt {
                Layout.fillWidth: true
                horizontalAlignment: Text.AlignRight
                text: pair.modelData.value
                font: Theme.number
            }
        }
    }
    RowLayout {
        visible: body.view.journal !== ""
        Layout.fillWidth: true
        Layout.topMargin: Theme.space1
        spacing: Theme.space2
        Txt {
            objectName: "receiptHash"
            Layout.fillWidth: true
            text: body.view.journal
            font: Theme.mono
            color: Theme.text3
        }
        ActionButton {
            objectName: "receiptCopy"
            kind: "link"
            small: true
            text: "Copy hash"
            onClicked: body.desk.emergency.copy(body.view.journalFull)
        }
    }
}
