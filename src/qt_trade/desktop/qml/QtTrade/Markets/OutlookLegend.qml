import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// What the prediction in the chart is: its bands, who made it, with which skill, until when; or why
// there is none.
Row {
    id: legend

    required property var view
    readonly property color ink: view.outlookProven ? Theme.accent : Theme.text3

    spacing: Theme.space2
    clip: true

    component Swatch: Rectangle {
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        width: Theme.space3
        height: Theme.space2
        color: legend.ink
    }

    Row {
        visible: legend.view.outlookBand !== ""
        height: parent.height
        spacing: 0
        Swatch { opacity: 0.25 }
        Swatch { opacity: 0.5; visible: legend.view.outlookBand !== "90% band" }
    }
    Txt {
        id: band
        height: parent.height
        visible: text !== ""
        text: legend.view.outlookBand === "" ? "" : "prediction, " + legend.view.outlookBand
        font: Theme.caption
        color: Theme.text2
    }
    Txt {
        objectName: "outlookWords"
        height: parent.height
        width: Math.max(0, Math.min(implicitWidth, legend.width - x))
        text: legend.view.outlookWords
        font: Theme.caption
        color: Tones.ink(legend.view.outlookTone)
        HoverHandler { id: hover }
        Tip {
            visible: hover.hovered && parent.truncated
            text: parent.text
        }
    }
}
