import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// The sums under the positions, each under its column.
Item {
    id: totals

    required property var table
    required property var view
    property bool stale: false

    width: table.width
    height: Theme.sizeRowCompact + Theme.space1
    objectName: "positionsTotal"

    component Sum: Txt {
        required property int column
        property string tone: ""
        property string subject: ""
        x: {
            let left = 0;
            for (let i = 0; i < column; ++i)
                left += totals.table.columnWidth(i);
            return left;
        }
        width: totals.table.columnWidth(column) - totals.table.rightPad(column)
        height: totals.height
        horizontalAlignment: Text.AlignRight
        font: Theme.number
        color: totals.table.inkOf(tone, totals.stale)
        AgeSource { subject: parent.subject; value: parent.text; name: "Total" }
    }

    Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.lineStrong }
    Txt { x: totals.table.side; height: parent.height; text: "Total"; font: Theme.title; color: totals.stale ? Theme.text2 : Theme.text1 }
    Sum { column: 5; subject: "positions//day_pl"; text: totals.view.totalDay; tone: totals.view.totalDayTone }
    Sum { column: 6; subject: "positions//market_value"; text: totals.view.totalValue }
    Sum { column: 7; subject: "positions//weight"; text: totals.view.totalWeight }
    Sum { column: 8; subject: "positions//unrealized_pl"; text: totals.view.totalUnrealized; tone: totals.view.totalUnrealizedTone }
}
