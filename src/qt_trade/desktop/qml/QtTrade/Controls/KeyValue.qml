import QtQuick
import QtTrade.Theme

// A small caption over a figure.
Column {
    id: pair

    property string caption: ""
    property string value: ""
    property string tone: ""
    property string words: ""
    property bool stale: false
    property bool triangle: false
    property string subject: ""
    property font valueFont: Theme.number

    spacing: 1

    Txt {
        width: parent.width
        text: pair.caption
        font: Theme.caption
        color: Theme.text3
    }
    Delta {
        text: pair.value
        tone: pair.tone
        stale: pair.stale
        triangle: pair.triangle
        font: pair.valueFont
        subject: pair.subject
        name: pair.caption
    }
    Txt {
        width: parent.width
        visible: text !== ""
        text: pair.words
        font: Theme.caption
        color: Theme.text3
    }
}
