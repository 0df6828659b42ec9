pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The nine steps from the name to the backend, as they end.
Card {
    id: card

    required property var desk
    readonly property var view: desk.connection
    readonly property bool none: view.steps.length === 0

    objectName: "trialCard"
    title: "Test"
    count: none ? "" : view.steps.length + " of 9 steps"
    note: view.testing ? "" : view.summary
    implicitHeight: Math.max(320, list.implicitHeight + Theme.sizeControl + 2 * Theme.space4)

    EmptyState {
        visible: card.none
        icon: card.view.testing ? "clock" : "plug"
        title: card.view.testing ? "Testing" : "Not tested yet"
        words: "Name, connection, TLS, login, server, round trip, rights, pushes, backend: each step says what was found, and how to mend what fails. Nothing is written to the server."
    }
    Column {
        id: list
        objectName: "trialSteps"
        x: Theme.space3
        y: Theme.space2
        width: parent.width - 2 * Theme.space3
        Repeater {
            model: card.view.steps
            delegate: TrialStep {
                required property var modelData
                row: modelData
                width: list.width
            }
        }
    }
}
