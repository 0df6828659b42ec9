import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The same on every page: can I trade, what am I worth, what do I look at, and the way out.
Rectangle {
    id: bar

    required property var desk
    readonly property var header: desk.header
    readonly property bool narrow: width < 1480
    readonly property bool tight: width < 1320
    readonly property bool tiny: width < 1200 || tight && header.sessionChip !== ""
    readonly property bool tiniest: width < 1200
    property alias panic: panicButton

    implicitHeight: Theme.sizeHeader
    color: Theme.panel

    RowLayout {
        anchors.fill: parent
        spacing: 0

        Item {
            Layout.preferredWidth: bar.narrow && Window.width < 1280 ? Theme.sizeNavCollapsed : Theme.sizeNav
            Layout.fillHeight: true
            Image {
                id: logo
                x: Theme.space4
                anchors.verticalCenter: parent.verticalCenter
                source: "image://icons/logo/logo"
                width: 24
                height: 24
                sourceSize.width: 24 * Screen.devicePixelRatio
                sourceSize.height: 24 * Screen.devicePixelRatio
            }
            Txt {
                visible: parent.width > Theme.sizeNavCollapsed
                anchors { left: logo.right; leftMargin: Theme.space2 + 1; verticalCenter: parent.verticalCenter }
                text: "QtTrade"
                font.family: Theme.familyUi
                font.pixelSize: Theme.bodyLine - 5
                font.weight: Theme.title.weight
            }
        }
        HeaderCell {
            objectName: "headerTrade"
            subject: "status//checks"
            Layout.preferredWidth: bar.tight ? 140 : 200
            icon: bar.header.tradeIcon
            title: bar.header.tradeTitle
            titleTone: bar.header.tradeTone
            words: bar.header.tradeWords
            alarmed: bar.header.tradeAlarmed
            wordsTone: bar.header.tradeAlarmed ? "muted" : "faint"
            hint: bar.header.tradeHint
        }
        HeaderCell {
            objectName: "headerAccount"
            subject: "summary//total_value"
            Layout.preferredWidth: bar.tight ? 146 : 178
            title: bar.header.accountValue
            unit: bar.header.accountUnit
            words: bar.header.accountWords
            wordsTone: bar.header.accountTone
            stale: bar.header.accountStale
        }
        HeaderCell {
            objectName: "headerDay"
            subject: "summary//day_change"
            Layout.preferredWidth: bar.tight ? 146 : 152
            icon: bar.header.dayTone === "gain" ? "up" : bar.header.dayTone === "loss" ? "down" : ""
            triangle: true
            title: bar.header.dayText
            titleTone: bar.header.dayTone
            words: bar.header.dayWords
            wordsTone: bar.header.accountTone
            stale: bar.header.accountStale
        }
        Item {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Rectangle { width: Theme.strokeHair; height: parent.height; color: Theme.line }
        }
        ModeBadge {
            objectName: "headerMode"
            Layout.rightMargin: bar.tiny ? Theme.space1 : bar.tight ? Theme.space2 : Theme.space3
            Layout.leftMargin: Layout.rightMargin
            mode: bar.header.mode
            words: bar.narrow ? "" : bar.header.modeWords
        }
        HeaderCell {
            objectName: "headerFeed"
            subject: "market//feed"
            icon: bar.header.feedIcon
            title: bar.header.feedTitle
            titleTone: bar.header.feedTone
            words: bar.tight && bar.header.feedShort !== "" ? bar.header.feedShort : bar.header.feedWords
            wordsTone: bar.header.feedWordsTone
            hint: bar.header.feedHint
            actionName: "Price consensus"
            onTapped: bar.desk.openPageCalled("Markets")
            dashed: bar.header.feedDashed
            cut: bar.header.feedNamed ? Text.ElideMiddle : Text.ElideRight
            Layout.fillWidth: true
            Layout.minimumWidth: Math.max(100, least)
            Layout.maximumWidth: Math.max(least, Math.min(implicitWidth, 230))
        }
        HeaderCell {
            objectName: "headerClock"
            subject: "market//clock"
            icon: bar.tiniest ? "" : "clock"
            title: bar.header.clockTitle
            words: bar.header.clockWords
            hint: bar.header.clockHint
            Layout.fillWidth: true
            // The first to give way: its second line stands whole in the hint, and the panic never yields.
            Layout.minimumWidth: bar.tight ? least : Math.min(implicitWidth, 160)
            Layout.maximumWidth: implicitWidth
        }
        HeaderCell {
            objectName: "headerLink"
            subject: "link//latency"
            icon: "plug"
            title: bar.header.linkTitle
            titleTone: bar.header.linkTone
            words: bar.tiny && bar.header.linkTone === "" ? "" : bar.header.linkWords
            hint: bar.header.linkHint
            Layout.fillWidth: true
            Layout.minimumWidth: Math.min(implicitWidth, 128)
            Layout.maximumWidth: Math.min(implicitWidth, 170)
        }
        HeaderCell {
            objectName: "headerSession"
            icon: locked ? "lock" : "person"
            titleTone: locked ? "warn" : ""
            title: bar.tight ? bar.header.sessionCount : bar.header.sessionTitle
            words: bar.tight ? "" : bar.header.sessionWords
            wordsTone: bar.header.sessionTone
            chip: bar.tiniest ? "" : bar.header.sessionChip
            readonly property bool locked: bar.tiniest && bar.header.sessionChip !== ""
            hint: sessions.visible ? "" : bar.header.sessionHint
            actionName: "Sessions"
            onTapped: sessions.open()
            SessionPanel {
                id: sessions
                desk: bar.desk
                x: parent.width - width
                y: parent.height + Theme.space1
            }
            Layout.fillWidth: true
            Layout.minimumWidth: bar.tight ? implicitWidth : Math.min(implicitWidth, 128)
            Layout.maximumWidth: bar.tight ? implicitWidth : Math.min(implicitWidth, 150)
        }
        Item {
            Layout.preferredWidth: panicButton.width + 2 * (bar.tight ? Theme.space2 : Theme.space3)
            Layout.fillHeight: true
            Rectangle { width: Theme.strokeHair; height: parent.height; color: Theme.line }
            HoldButton {
                id: panicButton
                objectName: "panicButton"
                anchors.centerIn: parent
                width: Theme.sizePanicWidth
                text: "Panic"
                reachable: bar.header.panicReachable
                lockedWords: bar.header.panicLocked
                engaged: bar.header.panicEngaged
                engagedTitle: bar.header.panicTitle
                engagedWords: bar.header.panicWords
                onConfirmed: how => bar.desk.emergency.panic(how)
                onRefused: bar.desk.emergency.refuse()
                onTapped: bar.desk.emergency.reopen()
            }
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.strokeHair
        color: Theme.line
    }
}
