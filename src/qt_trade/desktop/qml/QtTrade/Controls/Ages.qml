pragma Singleton
import QtQuick

// Which value's age and source is shown: under the pointer after a moment, pinned by a click or I.
QtObject {
    id: ages

    property var desk: null
    property Item at: null
    property bool pinned: false
    property Item coming: null
    readonly property string subject: at === null ? "" : at.subject
    readonly property string value: at === null ? "" : at.value
    property rect place
    property Timer delay: Timer {
        interval: 350
        onTriggered: ages.open(ages.coming, false)
    }

    function open(item: Item, pin: bool): void {
        delay.stop();
        if (item === null || item.subject === "")
            return;
        place = item.mapToItem(null, 0, 0, item.width, item.height);
        pinned = pin;
        at = item;
    }
    function point(item: Item): void {
        if (pinned || item === at)
            return;
        coming = item;
        if (at !== null)
            open(item, false);
        else
            delay.restart();
    }
    function leave(item: Item): void {
        if (coming === item)
            delay.stop();
        if (at === item && !pinned)
            close();
    }
    function toggle(item: Item): void {
        if (at === item && pinned)
            close();
        else
            open(item, true);
    }
    // The key I with nothing focused: what is under the pointer.
    function pin(): void {
        if (at !== null)
            pinned = !pinned;
        else if (coming !== null)
            open(coming, true);
    }
    function close(): void {
        delay.stop();
        at = null;
        pinned = false;
    }

    onSubjectChanged: if (desk !== null) desk.ages.ask(subject)
}
