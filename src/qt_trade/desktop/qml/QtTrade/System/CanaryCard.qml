pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Items
import QtTrade.Theme
import QtTrade.Controls

// One bird through the whole chain, from the streamer to this screen, with the time of each step.
Card {
    id: card

    required property var desk
    property int rowHeight: Theme.sizeRowCompact
    readonly property var view: desk.system.canary
    readonly property bool stale: view.stale

    objectName: "canaryCard"
    title: "End-to-end canary"
    note: view.note
    noteTone: view.noteTone
    noteSubject: "canary//note"
    implicitHeight: Theme.sizeControl + 2 * Theme.space2 + head.height + foot.height
        + Math.max(6, view.steps.length) * rowHeight + 2 * Theme.space3

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "No canary has flown yet" }
    RowLayout {
        id: head
        visible: card.view.known
        x: Theme.space3
        y: Theme.space2
        width: parent.width - 2 * Theme.space3
        height: Theme.sizeRowComfortable
        spacing: Theme.space2
        Txt {
            objectName: "canaryTotal"
            text: card.view.total
            font: Theme.figure
            color: card.stale ? Theme.text3 : Theme.text1
            AgeSource { subject: "canary//total"; value: card.view.total; name: "Canary" }
        }
        Chip {
            objectName: "canaryState"
            text: card.view.word
            icon: card.view.icon
            tone: card.view.tone
            dashed: card.view.icon === "question"
        }
        Txt {
            objectName: "canaryRemark"
            Layout.fillWidth: true
            text: card.view.remark
            font: Theme.caption
            color: Tones.ink(card.view.tone)
        }
        Txt {
            text: card.view.nextIn
            font: Theme.caption
            color: Theme.text3
        }
    }
    ListView {
        objectName: "canarySteps"
        visible: card.view.known
        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: foot.top }
        anchors { leftMargin: Theme.space3; rightMargin: Theme.space3; topMargin: Theme.space1 }
        clip: true
        interactive: contentHeight > height
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar {}
        model: card.view.steps
        delegate: CanaryStep {
            required property var modelData
            row: modelData
            stale: card.stale
            width: ListView.view.width
            height: card.rowHeight
        }
    }
    RowLayout {
        id: foot
        visible: card.view.known
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.space3; bottomMargin: Theme.space2 }
        height: Theme.sizeRowCompact
        spacing: Theme.space2
        ChartInk { id: ink }
        Txt {
            text: card.view.recentWords
            font: Theme.caption
            color: Theme.text3
        }
        Sparkline {
            Layout.fillWidth: true
            Layout.fillHeight: true
            points: card.view.recent
            ink: "accent"
            room: 40
            stale: card.stale
            colors: ink
            Accessible.role: Accessible.Chart
            Accessible.name: "How long the last canaries took"
        }
        Txt {
            objectName: "canaryCounts"
            text: card.view.counts
            font: Theme.caption
            color: Theme.text3
        }
    }
}
