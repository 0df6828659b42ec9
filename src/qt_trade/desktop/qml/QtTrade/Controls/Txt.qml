import QtQuick
import QtTrade.Theme

// Plain text in a style of the tokens; cut with an ellipsis rather than drawn over a neighbour.
Text {
    color: Theme.text1
    font: Theme.body
    textFormat: Text.PlainText
    elide: Text.ElideRight
    verticalAlignment: Text.AlignVCenter
    Accessible.role: Accessible.StaticText
    Accessible.name: text
}
