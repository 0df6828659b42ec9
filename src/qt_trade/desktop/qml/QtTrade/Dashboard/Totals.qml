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
    }

    Rectangle { width: parent.width; height: Theme.strokeHair; color: Theme.lineStrong }
    Txt { x: totals.table.side; height: parent.height; text: "Total"; font: Theme.title; color: totals.stale ? Theme.text2 : Theme.text1 }
    Sum { column: 5; text: totals.view.totalDay; tone: totals.view.totalDayTone }
    Sum { column: 6; text: totals.view.totalValue }
    Sum { column: 7; text: totals.view.totalWeight }
    Sum { column: 8; text: totals.view.totalUnrealized; tone: totals.view.totalUnrealizedTone }
}
