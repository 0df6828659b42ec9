pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls
import QtTrade.Shell
import QtTrade.Emergency

// The window: header, navigation, one page, status line.
Window {
    id: window

    required property var desk
    required property bool opened
    readonly property var pages: [
        { name: "Dashboard", number: 1, icon: "dashboard", file: "Dashboard/DashboardPage.qml" },
        { name: "Markets", number: 2, icon: "markets", file: "Markets/MarketsPage.qml" },
        { name: "AutoTrading", number: 3, icon: "autotrading", file: "AutoTrading/AutoTradingPage.qml" },
        { name: "Orders", number: 4, icon: "list", file: "Orders/OrdersPage.qml" },
        { name: "Portfolio", number: 5, icon: "portfolio", file: "Portfolio/PortfolioPage.qml" },
        { name: "Intelligence", number: 6, icon: "intelligence", file: "Intelligence/IntelligencePage.qml" },
        { name: "Risk", number: 7, icon: "risk", file: "Risk/RiskPage.qml" },
        { name: "System", number: 8, icon: "system", file: "System/SystemPage.qml" },
        { name: "Settings", number: 9, icon: "settings", file: "Settings/SettingsPage.qml" }
    ]
    property int page: 0
    readonly property string pageName: pages[page].name

    function show(index: int): void { page = index; }
    function call(name: string): void {
        const index = pages.findIndex(page => page.name === name);
        if (index >= 0)
            page = index;
    }
    function showNumber(number: int): bool {
        const index = pages.findIndex(page => page.number === number);
        if (index >= 0)
            page = index;
        return index >= 0;
    }

    objectName: "window"
    title: "QtTrade · " + pageName
    width: 1600
    height: 1000
    minimumWidth: 1120
    minimumHeight: 760
    color: Theme.app
    visible: opened

    Repeater {
        model: window.pages
        delegate: Item {
            id: entry
            required property var modelData
            required property int index
            Shortcut {
                sequences: ["Ctrl+" + entry.modelData.number]
                onActivated: window.page = entry.index
            }
        }
    }
    Shortcut {
        sequences: ["Ctrl+,"]
        onActivated: window.showNumber(9)
    }
    Shortcut {
        sequences: ["Ctrl+D"]
        onActivated: Theme.dark = !Theme.dark
    }
    onActiveChanged: if (!active) header.panic.release()
    onPageChanged: {
        Ages.close();
        // A page was asked for: the emergency goes on in the background.
        if (desk.emergency.view.open)
            desk.emergency.fold();
    }
    Component.onCompleted: Ages.desk = desk
    Connections {
        target: Panic
        function onPressed(): void { header.panic.press(); }
        function onReleased(): void { header.panic.release(); }
    }
    Connections {
        target: window.desk
        function onPageWanted(index: int): void { window.page = index; }
        function onPageCalled(name: string): void { window.call(name); }
    }

    Item {
        id: root
        // The keys of a page are its own, wherever in the window the keyboard is.
        property Item shownPage: null
        anchors.fill: parent
        focus: true
        Keys.forwardTo: shownPage === null ? [] : [shownPage]
        Keys.onPressed: event => {
            Panic.press(event);
            if (event.accepted && event.key === Qt.Key_F12)
                return;
            if (event.modifiers === Qt.NoModifier && event.key >= Qt.Key_1 && event.key <= Qt.Key_9) {
                event.accepted = window.showNumber(event.key - Qt.Key_0);
            } else if (event.modifiers === Qt.NoModifier && (event.key === Qt.Key_B || event.key === Qt.Key_S)) {
                window.desk.openTicket(event.key === Qt.Key_B ? "BUY" : "SELL");
                event.accepted = true;
            } else if (event.modifiers === Qt.NoModifier && event.key === Qt.Key_T) {
                if (window.desk.sessions.view.canTake)
                    takeOver.open();
                event.accepted = true;
            } else if (event.modifiers === Qt.NoModifier && event.key === Qt.Key_I) {
                Ages.pin();
                event.accepted = true;
            } else if (event.key === Qt.Key_Escape && Ages.at !== null) {
                Ages.close();
                event.accepted = true;
            } else if (event.key === Qt.Key_Escape && window.desk.emergency.view.open) {
                window.desk.emergency.fold();
                event.accepted = true;
            }
        }
        Keys.onReleased: event => Panic.release(event)

        HeaderBar {
            id: header
            width: parent.width
            desk: window.desk
        }
        NavBar {
            id: nav
            anchors { top: header.bottom; bottom: status.top }
            pages: window.pages
            current: window.page
            needs: ({ System: window.desk.system.roles.trouble, Orders: window.desk.orders.view.unknown })
            folded: window.width < 1280
            onChosen: index => {
                if (index === window.page && window.desk.emergency.view.open)
                    window.desk.emergency.fold();
                window.page = index;
            }
        }
        ColumnLayout {
            anchors { left: nav.right; right: parent.right; top: header.bottom; bottom: status.top }
            anchors.margins: Theme.space3
            spacing: Theme.space3
            Banner {
                objectName: "linkBanner"
                Layout.fillWidth: true
                visible: window.desk.shell.bannerVisible
                icon: window.desk.shell.bannerIcon
                tone: window.desk.shell.bannerTone
                title: window.desk.shell.bannerTitle
                words: window.desk.shell.bannerWords
                detail: window.desk.shell.bannerDetail
                action: window.desk.shell.bannerAction
                more: window.desk.shell.bannerMore
                onActed: window.desk.bannerActed()
                onMoreWanted: {
                    if (window.desk.shell.bannerPage !== "")
                        window.call(window.desk.shell.bannerPage);
                    else
                        window.desk.sessions.handOver();
                }
            }
            EmergencyArea {
                Layout.fillWidth: true
                Layout.fillHeight: true
                desk: window.desk
            }
            StackLayout {
                objectName: "pages"
                Layout.fillWidth: true
                Layout.fillHeight: true
                visible: !window.desk.emergency.view.open
                currentIndex: window.page
                Repeater {
                    model: window.pages
                    delegate: Loader {
                        id: place
                        required property var modelData
                        required property int index
                        readonly property bool wanted: window.page === index
                        Binding { target: root; property: "shownPage"; value: place.item as Item; when: place.wanted && place.item !== null; restoreMode: Binding.RestoreNone }
                        active: false
                        onWantedChanged: if (wanted) active = true
                        Component.onCompleted: {
                            setSource(modelData.file, { desk: window.desk });
                            active = wanted;
                        }
                    }
                }
            }
        }
        StatusLine {
            id: status
            anchors.bottom: parent.bottom
            width: parent.width
            desk: window.desk
        }
        Ask {
            id: takeOver
            name: "takeOverAsk"
            title: "Take over the control of AutoTrading?"
            words: window.desk.sessions.view.question
            verb: "Take over"
            onConfirmed: window.desk.sessions.take()
        }
        // Real money is told from every page, and covers nothing.
        Rectangle {
            objectName: "liveFrame"
            anchors.fill: parent
            visible: window.desk.header.mode === "LIVE"
            color: "transparent"
            border.color: Theme.live
            border.width: Theme.strokeFocus
            z: 2
        }
        AgePopup {
            view: window.desk.ages.view
            z: 1
        }
    }
}
