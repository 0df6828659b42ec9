import QtQuick
import QtQuick.Templates as T
import QtTrade.Theme

// Says that there is more than is shown, and where one is in it; absent while everything fits.
T.ScrollBar {
    id: bar

    implicitWidth: 10
    padding: 2
    policy: T.ScrollBar.AsNeeded
    visible: size < 1
    Accessible.ignored: true
    contentItem: Rectangle {
        implicitWidth: 6
        radius: width / 2
        color: bar.pressed || bar.hovered ? Theme.control : Theme.lineStrong
    }
}
