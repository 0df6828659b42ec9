pragma ComponentBehavior: Bound
import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// The values of the bar under the pointer, else of the last one. What has no room is left out whole.
Row {
    id: legend

    required property var chart
    property string symbol: ""
    readonly property var words: chart.legend

    spacing: Theme.space3
    clip: true

    component Value: Row {
        id: pair
        required property string name
        required property string value
        property string figure: "bar"
        property color line: "transparent"
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        opacity: x + width <= legend.width ? 1 : 0
        spacing: Theme.space1 + 1
        Rectangle {
            visible: pair.line.a > 0
            anchors.verticalCenter: parent.verticalCenter
            width: Theme.space3
            height: Theme.strokeFocus
            color: pair.line
        }
        Txt { text: pair.name; font: Theme.caption; color: Theme.text3 }
        Txt { text: pair.value; font: Theme.label; color: Theme.text1; AgeSource { subject: "bar/" + legend.symbol + "/" + pair.figure; value: pair.value; name: pair.name; activeFocusOnTab: false } }
    }

    Txt {
        anchors.verticalCenter: parent.verticalCenter
        text: legend.words.time
        font: Theme.caption
        color: Theme.text3
    }
    Value { name: "O"; value: legend.words.open }
    Value { name: "H"; value: legend.words.high }
    Value { name: "L"; value: legend.words.low }
    Value { name: "C"; value: legend.words.close }
    Value { name: "Vol"; figure: "volume"; value: legend.words.volume }
    Value { name: "EMA 20"; figure: "ema"; value: legend.words.ema; line: Theme.series3 }
    Value { name: "VWAP"; figure: "vwap"; value: legend.words.vwap; line: Theme.series4 }
    Value { name: "RSI 14"; figure: "rsi"; value: legend.words.rsi }
}
