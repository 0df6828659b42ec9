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
    readonly property bool stale: view.predictionsStale

    objectName: "predictionsCard"
    title: "Latest predictions"
    note: view.predictionsNote
    noteTone: view.predictionsTone
    noteSubject: "prediction//note"
    tools: Txt {
        objectName: "predictionsModel"
        width: Math.min(implicitWidth, Math.max(0, card.width - 280))
        text: card.view.predictionsModel
        font: Theme.caption
        color: Theme.text3
        HoverHandler { id: hover }
        Tip {
            visible: hover.hovered && parent.truncated
            text: parent.text
        }
    }

    WaitingBars { visible: !card.view.predictionsKnown; words: card.desk.shell.stale ? "" : "No prediction has been made yet" }
    DataTable {
        objectName: "predictionsTable"
        name: "Latest predictions"
        anchors.fill: parent
        visible: card.view.predictionsKnown
        model: card.desk.tables.predictions
        columns: [{ width: card.width < 440 ? 48 : 68 }, { weight: 1 }, { weight: 1 }, { weight: 1 }]
        onOpened: key => card.desk.openSymbol(key)
    }
}
