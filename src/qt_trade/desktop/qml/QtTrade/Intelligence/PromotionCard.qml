pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtTrade.Theme
import QtTrade.Controls

// Which gates the selected model has passed; promote it, take it back, or compare it.
Card {
    id: card

    required property var desk
    readonly property var view: desk.intelligence.promotion
    readonly property bool stale: desk.intelligence.score.stale
    readonly property bool tight: height < 330

    objectName: "promotionCard"
    title: view.comparing ? "Comparison" : "Promotion"
    count: view.comparing ? "with " + view.other : ""
    tools: Row {
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        visible: card.view.comparing && card.view.others > 1
        spacing: Theme.space1
        ActionButton { objectName: "compareBack"; small: true; iconName: "chevron-left"; text: ""; implicitWidth: Theme.sizeControlSmall; Accessible.name: "Compare with the model before"; onClicked: card.desk.intelligence.step(-1) }
        ActionButton { objectName: "compareForward"; small: true; iconName: "chevron-right"; text: ""; implicitWidth: Theme.sizeControlSmall; Accessible.name: "Compare with the next model"; onClicked: card.desk.intelligence.step(1) }
    }

    WaitingBars { visible: !card.view.known; words: card.desk.shell.stale ? "" : "The worker has published no models yet" }
    EmptyState {
        objectName: "promotionEmpty"
        visible: card.view.known && card.view.name === ""
        icon: "intelligence"
        title: card.view.empty
        words: card.view.emptyWords
    }
    ColumnLayout {
        anchors { fill: parent; margins: Theme.space3; topMargin: card.tight ? Theme.space2 : Theme.space3 }
        visible: card.view.known && card.view.name !== ""
        spacing: card.tight ? Theme.space1 : Theme.space2
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            Txt {
                objectName: "promotionName"
                Layout.maximumWidth: card.width - 150
                text: card.view.name
                font: Theme.title
            }
            Chip {
                objectName: "promotionState"
                text: card.view.state
                icon: card.view.stateIcon
                tone: card.stale ? "faint" : card.view.stateTone
                small: true
            }
            Item { Layout.fillWidth: true }
        }
        ComparisonList {
            objectName: "comparison"
            Layout.fillWidth: true
            Layout.fillHeight: true
            visible: card.view.comparing
            model: card.desk.intelligence.figures
            first: card.view.name
            second: card.view.other
            stale: card.stale
        }
        Txt {
            objectName: "promotionIntro"
            Layout.fillWidth: true
            visible: !card.view.comparing
            text: card.view.intro
            font: Theme.label
            color: Theme.text2
            wrapMode: Text.WordWrap
            maximumLineCount: card.tight ? 2 : 3
        }
        ListView {
            id: gates
            objectName: "gates"
            Layout.fillWidth: true
            Layout.fillHeight: true
            visible: !card.view.comparing
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: contentHeight > height
            model: card.desk.intelligence.gates
            Accessible.role: Accessible.List
            Accessible.name: "Gates of " + card.view.name
            T.ScrollBar.vertical: ThinScrollBar {}
            Keys.onUpPressed: flick(0, 400)
            Keys.onDownPressed: flick(0, -400)
            delegate: GateLine {
                width: gates.width - Theme.space2
                stale: card.stale
                tight: card.tight
                linesMax: gates.count > 5 ? 1 : 2
            }
        }
        Note {
            objectName: "promotionRemark"
            Layout.fillWidth: true
            visible: card.view.remark !== "" && !card.view.comparing && card.height > 360
            tone: "faint"
            text: card.view.remark
        }
        Txt {
            objectName: "promotionResult"
            Layout.fillWidth: true
            visible: text !== ""
            text: card.view.result
            font: Theme.label
            color: Tones.ink(card.view.resultTone)
            wrapMode: Text.Wrap
            maximumLineCount: card.tight ? 1 : 3
            HoverHandler { id: over }
            Tip { visible: over.hovered && parent.truncated; text: card.view.result }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            ActionButton {
                objectName: "promotionAct"
                Layout.fillWidth: true
                visible: card.view.verb !== ""
                kind: card.view.demotes ? "danger" : "primary"
                text: card.view.verb
                enabled: card.view.canAct
                hint: card.view.hint
                onClicked: card.desk.intelligence.askAct("")
            }
            Item { Layout.fillWidth: true; visible: card.view.verb === "" }
            ActionButton {
                objectName: "promotionCompare"
                text: card.view.comparing ? "Back to gates" : "Compare"
                enabled: card.view.canCompare
                hint: card.view.canCompare ? "" : "There is no second model yet"
                onClicked: card.desk.intelligence.compare()
            }
        }
    }
}
