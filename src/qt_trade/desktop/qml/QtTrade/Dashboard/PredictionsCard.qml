pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The newest prediction of every symbol at three horizons.
Card {
    id: card

    required property var desk
    readonly property var view: desk.dashboard
    readonly property bool stale: desk.shell.stale

    objectName: "predictionsCard"
    title: "Latest predictions"
    count: view.predictionsModel
    note: view.predictionsNote
    noteTone: view.predictionsTone

    WaitingBars { visible: !card.view.predictionsKnown; words: card.desk.shell.stale ? "" : "No prediction has been made yet" }
    ListHead {
        id: head
        visible: card.view.predictionsKnown
        columns: [
            { title: "Symbol", width: 84, right: false },
            { title: "15 min", right: true },
            { title: "30 min", right: true },
            { title: "60 min", right: true }
        ]
    }
    ListView {
        objectName: "predictionsList"
        anchors { left: parent.left; right: parent.right; top: head.bottom }
        height: Math.floor((parent.height - head.height) / Theme.sizeRowCompact) * Theme.sizeRowCompact
        visible: card.view.predictionsKnown
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: card.desk.predictions
        delegate: Item {
            id: line
            required property var row
            width: ListView.view.width
            height: Theme.sizeRowCompact
            RowLayout {
                anchors.fill: parent
                anchors.leftMargin: Theme.space3
                anchors.rightMargin: Theme.space3
                spacing: Theme.space2
                Txt {
                    Layout.preferredWidth: 84
                    text: line.row.symbol
                    font: Theme.title
                    color: card.stale ? Theme.text2 : Theme.text1
                }
                Repeater {
                    model: line.row.cells
                    delegate: PredictionCell {
                        required property var modelData
                        Layout.fillWidth: true
                        Layout.preferredWidth: 1
                        cell: modelData
                        stale: card.stale
                    }
                }
            }
            MouseArea { anchors.fill: parent; onClicked: card.desk.openSymbol(line.row.symbol) }
        }
    }
}
