import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// Start, stop or resume: whichever the engine's state allows.
ActionButton {
    id: toggle

    required property var desk
    readonly property var view: desk.trading
    // Beside the pause there is no room for its object.
    property bool short: false

    text: view.canResume ? "Resume after emergency" : view.running ? (short ? "Stop" : "Stop AutoTrading") : "Start AutoTrading"
    Accessible.name: view.running && !view.canResume ? "Stop AutoTrading" : text
    iconName: view.running ? "stop" : "play"
    kind: view.running ? "secondary" : "primary"
    enabled: desk.shell.canWrite && (view.canStart || view.canStop || view.canResume)
    hint: desk.shell.why || view.switchHint || (enabled ? "" : "The engine has not said what it does")
    onClicked: {
        if (view.canResume)
            desk.emergency.resume();
        else if (view.canStop)
            desk.stopTrading();
        else
            desk.startTrading();
    }
}
