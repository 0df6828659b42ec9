import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// What happens when the desk that controls AutoTrading is gone; the same for every desk.
ColumnLayout {
    id: setting

    required property var desk
    readonly property var sessions: desk.sessions
    readonly property var view: sessions.view

    spacing: Theme.space1

    RowLayout {
        Layout.fillWidth: true
        Txt { text: "When the controlling desk is gone"; font: Theme.caption; color: Theme.text3 }
        Txt {
            objectName: "lossMark"
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignRight
            text: setting.view.lossMark
            font: Theme.caption
            color: Theme.warn
        }
    }
    Segmented {
        objectName: "loss"
        name: "When the controlling desk is gone"
        Layout.fillWidth: true
        fill: true
        options: ["Keep trading", "Pause entries", "Stop"]
        index: setting.view.lossIndex
        enabled: setting.view.lossKnown && setting.view.lossHint === ""
        hint: setting.view.lossHint
        onPicked: index => setting.sessions.chooseLoss(index)
    }
    ConflictNote {
        Layout.fillWidth: true
        visible: setting.view.lossTitle !== ""
        name: "loss"
        title: setting.view.lossTitle
        words: setting.view.lossWords
        onKept: setting.sessions.keepMine()
        onTaken: setting.sessions.takeTheirs()
    }
}
