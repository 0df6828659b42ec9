pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The limits as fields. They hold at once and for everybody, so it is asked before they are written.
ColumnLayout {
    id: part

    required property var limits
    required property Component delegate
    readonly property var view: limits.view

    spacing: 2

    Repeater {
        model: [
            { name: "daily_notional_cap", label: "Opened per day", unit: "USD" },
            { name: "position_weight_max", label: "One symbol, of account", unit: "%" },
            { name: "position_shares_max", label: "One symbol", unit: "shares" },
            { name: "trades_per_cycle_max", label: "Orders per cycle", unit: "" },
            { name: "cash_reserve", label: "Cash reserve", unit: "USD" },
            { name: "cooldown_min", label: "Cooldown", unit: "min" }
        ]
        delegate: part.delegate
    }
    Repeater {
        model: part.limits.conflicts
        delegate: ConflictNote {
            required property var row
            Layout.fillWidth: true
            name: "limits-" + row.name
            title: row.title
            words: row.words
            onKept: part.limits.keepMine(row.name)
            onTaken: part.limits.takeTheirs(row.name)
        }
    }
    Note {
        objectName: "limitsError"
        Layout.fillWidth: true
        visible: part.view.error !== ""
        text: part.view.error
    }
    RowLayout {
        Layout.fillWidth: true
        Layout.topMargin: Theme.space1
        visible: part.view.changed.length > 0
        spacing: Theme.space2
        ActionButton {
            objectName: "applyLimits"
            Layout.fillWidth: true
            small: true
            text: "Apply limits at once"
            enabled: part.view.canApply
            hint: part.view.hint
            onClicked: question.open()
        }
        ActionButton {
            objectName: "discardLimits"
            small: true
            text: "Discard"
            onClicked: part.limits.discard()
        }
    }
    Ask {
        id: question
        name: "limitsAsk"
        title: "Change the limits for all desks and AutoTrading?"
        words: part.view.changes
        verb: "Change limits"
        onConfirmed: part.limits.apply()
    }
}
