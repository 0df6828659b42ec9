import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// The sums under the positions, each under its column.
Item {
    id: totals

    required property var table
    required property var account
    required property var view
    property bool stale: false

    objectName: "holdingsTotal"
    width: table.width
    height: Theme.sizeRowCompact + Theme.space1

    component Sum: Txt {
        required property int column
        property string tone: ""
        property string subject: ""
        x: totals.table.leftOf(column)
        width: totals.table.columnWidth(column) - totals.table.rightPad(column)
        height: totals.height
        horizontalAlignment: Text.AlignRight
        font: Theme.number
        color: totals.table.inkOf(tone, totals.stale)
        AgeSource { subject: parent.subject; value: parent.text; name: "Total" }
    }

    Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.lineStrong }
    Txt { x: totals.table.side; height: parent.height; text: "Total"; font: Theme.title; color: totals.stale ? Theme.text2 : Theme.text1 }
    Sum { column: 6; subject: "positions//day_pl"; text: totals.account.totalDay; tone: totals.account.totalDayTone }
    Sum { column: 7; subject: "positions//market_value"; text: totals.account.totalValue }
    Sum { column: 8; subject: "positions//unrealized_pl"; text: totals.account.totalUnrealized; tone: totals.account.totalUnrealizedTone }
    Sum { column: 9; subject: "positions//unrealized_pl"; text: totals.view.totalUnrealizedShare; tone: totals.account.totalUnrealizedTone }
    Sum { column: 10; subject: "positions//weight"; text: totals.account.totalWeight }
}
