pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Every limit: used, allowed, how much of it that is, what happens there, and the way to change it.
Card {
    id: card

    required property var desk
    readonly property var view: desk.risk.view

    objectName: "limitsCard"
    title: "Limits"
    count: view.limitsCount
    note: view.note
    noteTone: view.noteTone
    noteSubject: "risk//limits"
    tools: Txt {
        objectName: "riskWords"
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        width: Math.min(implicitWidth, card.width * 0.56)
        text: card.view.words
        font: Theme.caption
        color: Tones.ink(card.view.wordsTone)
    }

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "Risk has published no limits yet" }
    RoleDown {
        objectName: "riskDown"
        visible: card.view.known && card.view.down
        role: "Risk"
        words: card.view.downWords
        onOpened: card.desk.openPageCalled("System")
    }
    LimitLine {
        id: head
        visible: card.view.known && !card.view.down
        width: parent.width
        height: Theme.sizeRowNormal
        head: true
        wide: card.width > 820
        row: ({ title: "Limit", used: "Used", allowed: "Allowed", shareText: "Share", atLimit: "What happens at the limit" })
    }
    ListView {
        id: rows
        objectName: "limitRows"
        readonly property real each: Math.max(Theme.sizeRowCompact, Math.min(Theme.sizeRowComfortable, height / Math.max(1, count)))
        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: panel.top }
        visible: head.visible
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: card.desk.risk.limits
        T.ScrollBar.vertical: ThinScrollBar {}
        delegate: LimitLine {
            width: rows.width
            height: rows.each
            wide: card.width > 820
            stale: card.view.stale
            canChange: card.view.canChange
            hint: card.view.changeHint
            onChangeWanted: name => card.desk.risk.askLimit(name)
        }
    }
    ChangePanel {
        id: panel
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        desk: card.desk
        shown: card.view.known && (card.view.asking !== "" || card.view.busy || card.view.result !== "")
    }
}
