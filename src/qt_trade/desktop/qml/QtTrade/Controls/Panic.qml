pragma Singleton
import QtQuick

// F12 from wherever the keyboard is: a pop-up keeps its keys to itself, but not this one.
QtObject {
    signal pressed()
    signal released()

    function press(event: var): void {
        if (event.key !== Qt.Key_F12)
            return;
        if (!event.isAutoRepeat)
            pressed();
        event.accepted = true;
    }
    function release(event: var): void {
        if (event.key !== Qt.Key_F12 || event.isAutoRepeat)
            return;
        released();
        event.accepted = true;
    }
}
