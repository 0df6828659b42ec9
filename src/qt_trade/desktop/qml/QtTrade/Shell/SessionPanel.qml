import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Who is there and who controls; this desk's own session, and its end.
T.Popup {
    id: panel

    required property var desk
    readonly property var sessions: desk.sessions.table
    readonly property bool over: desk.header.sessionOver

    width: 520
    padding: 0
    implicitHeight: content.implicitHeight
    focus: true
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutsideParent

    onOpened: end.forceActiveFocus(Qt.PopupFocusReason)
    background: Rectangle {
        objectName: "sessionPanel"
        radius: Theme.radiusCard
        color: Theme.raised
        border.color: Theme.lineStrong
        border.width: Theme.strokeHair
    }
    contentItem: ColumnLayout {
        id: content
        spacing: 0
        Keys.onPressed: event => Panic.press(event)
        Keys.onReleased: event => Panic.release(event)
        RowLayout {
            Layout.fillWidth: true
            Layout.margins: Theme.space3
            Layout.bottomMargin: Theme.space2
            spacing: Theme.space2
            Txt { text: "Sessions"; font: Theme.title }
            Txt { text: panel.desk.header.sessionWords; font: Theme.label; color: Theme.text3 }
            Item { Layout.fillWidth: true }
            Txt {
                objectName: "sessionController"
                text: "AutoTrading: " + panel.desk.sessions.view.holder
                font: Theme.caption
                color: Theme.text2
            }
        }
        DataTable {
            objectName: "sessionPanelTable"
            name: "Sessions"
            Layout.fillWidth: true
            Layout.preferredHeight: Math.min(fullHeight, 9 * rowHeight)
            visible: panel.sessions.count > 0
            model: panel.sessions
            columns: panel.columns
        }
        Txt {
            visible: panel.sessions.count === 0
            Layout.margins: Theme.space3
            text: "The engine has not said who is there"
            color: Theme.text3
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.margins: Theme.space3
            spacing: Theme.space2
            Txt {
                objectName: "sessionId"
                Layout.fillWidth: true
                text: panel.desk.header.sessionHint
                font: Theme.caption
                color: Theme.text3
                wrapMode: Text.WordWrap
                maximumLineCount: 2
            }
            ActionButton {
                objectName: "sessionSystem"
                kind: "link"
                small: true
                text: "Open System"
                onClicked: {
                    panel.close();
                    panel.desk.openPageCalled("System");
                }
            }
            ActionButton {
                id: end
                objectName: "sessionEnd"
                small: true
                text: panel.over ? "Start a new session" : "Log out"
                enabled: panel.desk.header.sessionReachable
                hint: enabled ? "" : "No connection to Redis"
                onClicked: panel.over ? panel.desk.sessions.newSession() : panel.desk.sessions.logOut()
            }
        }
    }
    readonly property list<var> columns: [{ width: 92 }, { weight: 1 }, { width: 60 }, { width: 60 }, { width: 84 }, { width: 52 }]
}
