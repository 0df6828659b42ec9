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
    count: view.predictionsModel
    note: view.predictionsNote
    noteTone: view.predictionsTone
    noteSubject: "prediction//note"

    WaitingBars { visible: !card.view.predictionsKnown; words: card.desk.shell.stale ? "" : "No prediction has been made yet" }
    DataTable {
        objectName: "predictionsTable"
        name: "Latest predictions"
        anchors.fill: parent
        visible: card.view.predictionsKnown
        model: card.desk.tables.predictions
        columns: [{ width: 68 }, { weight: 1 }, { weight: 1 }, { weight: 1 }]
        onOpened: key => card.desk.openSymbol(key)
    }
}
