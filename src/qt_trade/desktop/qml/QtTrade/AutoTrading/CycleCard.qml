pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// One cycle, the last unless another was chosen: each symbol's way through the stages, to the one where it ended, and why.
Card {
    id: card

    required property var desk
    readonly property var view: desk.cycles.view
    readonly property bool stale: view.stale
    readonly property bool none: desk.cycles.rows.count === 0

    objectName: "cycleCard"
    title: view.title
    count: view.slot + (view.newest ? "" : ", an earlier one")
    note: view.note
    noteTone: view.noteTone
    tools: Row {
        visible: card.view.number !== ""
        spacing: Theme.space2
        Icon { anchors.verticalCenter: parent.verticalCenter; name: "check"; color: Theme.ok; size: Theme.captionLine - 3 }
        Txt { anchors.verticalCenter: parent.verticalCenter; text: "goes on"; font: Theme.caption; color: Theme.text3 }
        Icon { anchors.verticalCenter: parent.verticalCenter; name: "dash"; color: Theme.warn; size: Theme.captionLine - 3 }
        Txt { anchors.verticalCenter: parent.verticalCenter; text: "stops here, with the reason"; font: Theme.caption; color: Theme.text3 }
        ActionButton {
            objectName: "cycleBack"
            width: Theme.sizeControlSmall
            small: true
            iconName: "chevron-left"
            Accessible.name: "Earlier cycle"
            enabled: card.view.canBack
            onClicked: card.desk.cycles.step(-1)
        }
        ActionButton {
            objectName: "cycleForward"
            width: Theme.sizeControlSmall
            small: true
            iconName: "chevron-right"
            Accessible.name: "Later cycle"
            enabled: card.view.canForward
            onClicked: card.desk.cycles.step(1)
        }
    }

    component Stage: Item {
        id: stage
        required property string figure
        required property string subject
        required property string name
        property string words: ""
        property bool last: false
        Layout.fillWidth: true
        Layout.preferredWidth: 1
        Layout.fillHeight: true
        Row {
            y: Theme.space2 + 2
            spacing: Theme.space2
            Txt { text: stage.figure; font: Theme.figure; color: card.stale ? Theme.text3 : Theme.text1; AgeSource { subject: "status//" + stage.subject; value: stage.figure; name: stage.name } }
            Txt { anchors.verticalCenter: parent.verticalCenter; text: stage.name; font: Theme.title }
        }
        Txt { y: Theme.sizeRowComfortable + 2; width: parent.width - Theme.space5; text: stage.words; font: Theme.caption; color: Theme.text3 }
        Icon {
            visible: !stage.last
            anchors { right: parent.right; rightMargin: Theme.space2; verticalCenter: parent.verticalCenter }
            name: "chevron-right"
            color: Theme.text3
            size: Theme.captionLine - 2
        }
    }

    EmptyState {
        visible: card.none
        icon: "autotrading"
        title: card.view.empty
        words: card.view.emptyWords !== "" ? card.view.emptyWords : card.desk.shell.waiting
    }
    RowLayout {
        id: stages
        visible: card.view.number !== ""
        x: Theme.space3
        width: parent.width - 2 * Theme.space3
        height: 60
        spacing: Theme.space2
        Stage { subject: "candidates"; figure: card.view.candidates; name: card.view.candidates === "1" ? "candidate" : "candidates"; words: card.view.fromWhere; Layout.preferredWidth: 1.35 }
        Stage { subject: "signals"; figure: card.view.signals; name: card.view.signals === "1" ? "signal" : "signals"; words: card.view.thresholds; Layout.preferredWidth: 1.5 }
        Stage { subject: "passed_risk"; figure: card.view.passedRisk; name: "passed risk"; words: "every rule must agree"; Layout.preferredWidth: 1.2 }
        Stage { subject: "orders"; figure: card.view.orders; name: card.view.orders === "1" ? "order" : "orders"; words: card.view.toWhere; last: true }
    }
    Rectangle {
        anchors.top: stages.bottom
        visible: card.view.number !== ""
        width: parent.width
        height: Theme.strokeHair
        color: Theme.line
    }
    ListView {
        objectName: "cycleList"
        anchors { left: parent.left; right: parent.right; top: stages.bottom; bottom: parent.bottom; topMargin: Theme.strokeHair }
        visible: !card.none
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        model: card.desk.cycles.rows
        delegate: CycleRow {
            width: ListView.view.width
            stale: card.stale
            onOpened: card.desk.openSymbol(row.symbol)
        }
    }
}
