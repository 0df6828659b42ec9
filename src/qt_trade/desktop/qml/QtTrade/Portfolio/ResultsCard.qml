pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Performance: each figure with its interval and the count behind it, or why there is none yet.
Card {
    id: card

    required property var desk
    readonly property var view: desk.portfolio.view

    objectName: "resultsCard"
    title: "Performance"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "performance//figures"
    tools: Chip {
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        visible: card.view.mode !== ""
        text: card.view.mode
        outlined: true
        small: true
    }

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "The engine has published no results yet" }
    Flickable {
        id: scroll
        anchors.fill: parent
        contentHeight: list.height + 2 * list.y
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        Column {
            id: list
            readonly property real each: Math.max(24, Math.min(36, (scroll.height - 2 * y) / Math.max(1, rows.count)))
            y: Theme.space1
            width: scroll.width
            Repeater {
                id: rows
                model: card.desk.portfolio.results
                delegate: Item {
                    id: line
                    required property var row
                    required property int index
                    readonly property bool tall: height > 30
                    width: list.width
                    height: list.each
                    Rectangle {
                        visible: line.index > 0
                        x: Theme.space3
                        width: parent.width - 2 * Theme.space3
                        height: Theme.strokeHair
                        color: Theme.line
                    }
                    // Two lines where there is room, one where there is not.
                    Txt {
                        id: caption
                        x: Theme.space3
                        y: line.tall && words.text !== "" ? (parent.height - height - words.height) / 2 : (parent.height - height) / 2
                        height: Theme.captionLine
                        width: line.tall ? value.x - x - Theme.space2 : Math.min(implicitWidth, value.x - x - Theme.space2)
                        text: line.row.caption
                        color: Theme.text2
                        font.family: Theme.familyUi
                        font.pixelSize: Theme.body.pixelSize
                    }
                    Txt {
                        id: words
                    HoverHandler { id: over }
                    Tip { visible: over.hovered && parent.truncated; text: line.row.words }
                        x: line.tall ? Theme.space3 : caption.x + caption.width + Theme.space2
                        y: line.tall ? caption.y + caption.height : (parent.height - height) / 2 + 1
                        width: value.x - x - Theme.space2
                        height: 13
                        text: line.row.words
                        font: Theme.caption
                        color: Theme.text3
                    }
                    Txt {
                        id: value
                        objectName: "result" + line.index
                        anchors { right: parent.right; rightMargin: Theme.space3; verticalCenter: parent.verticalCenter }
                        text: line.row.value
                        font.family: Theme.familyUi
                        font.pixelSize: Theme.page.pixelSize - 3
                        font.weight: Theme.page.weight
                        font.features: { "tnum": 1 }
                        color: card.view.stale ? Theme.text3 : Tones.ink(line.row.tone)
                    }
                }
            }
        }
    }
}
