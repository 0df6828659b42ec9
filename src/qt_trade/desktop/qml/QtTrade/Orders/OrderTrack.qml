pragma ComponentBehavior: Bound
import QtQuick
import QtTrade.Theme

// Five steps of an order's life; the one that nobody knows is amber.
Row {
    id: track

    required property int steps
    property bool unknown: false
    property bool stale: false

    spacing: 3
    Accessible.role: Accessible.ProgressBar
    Accessible.name: steps + " of 5 steps"

    Repeater {
        model: 5
        delegate: Rectangle {
            required property int index
            width: 9
            height: 3
            radius: 1
            color: track.unknown && index === track.steps ? Theme.warn
                 : index < track.steps ? (track.stale ? Theme.text3 : Theme.accent) : Theme.lineStrong
        }
    }
}
