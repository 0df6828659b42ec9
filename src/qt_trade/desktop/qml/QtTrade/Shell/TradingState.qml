import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// State, strategy and mode of AutoTrading as chips.
RowLayout {
    id: row

    required property var desk
    readonly property var view: desk.trading

    spacing: Theme.space2

    Chip {
        objectName: "tradingState"
        text: row.view.state
        icon: row.view.stateIcon
        tone: row.view.stateTone
        dashed: row.view.stateDashed
    }
    Chip {
        visible: row.view.strategy !== "" && !row.view.stale
        text: row.view.strategy
    }
    Chip {
        visible: row.desk.header.mode !== "" && !row.view.stale
        text: row.desk.header.mode
        outlined: true
    }
    Txt {
        Layout.fillWidth: true
        horizontalAlignment: Text.AlignRight
        text: row.view.since
        opacity: truncated ? 0 : 1
        font: Theme.label
        color: Theme.text2
    }
}
