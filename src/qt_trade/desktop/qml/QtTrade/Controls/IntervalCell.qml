import QtQuick
import QtTrade.Theme

// A difference as a point with its interval against zero, and in words; or how much is missing.
Item {
    id: cell

    // As `cells.py` says: places from 0 to 1 on a scale that all rows share.
    required property var of
    property string tone: ""
    property bool stale: false
    readonly property bool known: of.known === true
    readonly property real room: Math.max(40, width - words.width - Theme.space3)
    // What is not proven is grey in the drawing; amber stands at the verdict, in words.
    readonly property color ink: stale || tone !== "ok" && tone !== "crit" ? Theme.text3 : Tones.ink(tone)

    Rectangle {
        visible: cell.known
        x: Math.round((cell.of.zero ?? 0) * cell.room)
        y: Theme.space1
        width: Theme.strokeHair
        height: parent.height - 2 * Theme.space1
        color: Theme.lineStrong
    }
    Rectangle {
        visible: cell.known
        x: (cell.of.low ?? 0) * cell.room
        anchors.verticalCenter: parent.verticalCenter
        width: Math.max(2, ((cell.of.high ?? 0) - (cell.of.low ?? 0)) * cell.room)
        height: 2
        color: cell.ink
    }
    Rectangle {
        visible: cell.known
        x: (cell.of.value ?? 0) * cell.room - width / 2
        anchors.verticalCenter: parent.verticalCenter
        width: Theme.space2
        height: width
        radius: width / 2
        color: cell.ink
    }
    Row {
        id: words
        anchors.right: parent.right
        visible: cell.known
        height: parent.height
        width: Math.min(142, cell.width * 0.62)
        spacing: Theme.space1
        Txt { id: value; height: parent.height; text: cell.of.words ?? ""; font: Theme.number; color: cell.stale ? Theme.text3 : Theme.text1; Accessible.ignored: true }
        Txt { height: parent.height; width: Math.max(0, parent.width - value.width - parent.spacing); text: cell.of.around ?? ""; font: Theme.caption; color: Theme.text3; Accessible.ignored: true }
    }
    Row {
        visible: !cell.known
        height: parent.height
        width: parent.width
        spacing: Theme.space2
        Txt { id: why; height: parent.height; width: Math.min(implicitWidth, parent.width - (meter.visible ? meter.width + count.width + 2 * parent.spacing : 0)); text: cell.of.waiting ?? ""; color: Theme.text2; Accessible.ignored: true }
        Meter { id: meter; visible: (cell.of.share ?? -1) >= 0; anchors.verticalCenter: parent.verticalCenter; width: Math.min(100, cell.width * 0.22); value: Math.max(0, cell.of.share ?? 0); fill: cell.stale ? Theme.text3 : Theme.text2 }
        Txt { id: count; visible: meter.visible; height: parent.height; text: cell.of.of ?? ""; color: Theme.text3; Accessible.ignored: true }
    }
}
