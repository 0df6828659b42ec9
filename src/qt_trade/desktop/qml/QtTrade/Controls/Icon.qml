import QtQuick
import QtQuick.Layouts
import QtQuick.Window
import QtTrade.Theme

// A stroke icon of the package in one colour.
Image {
    id: icon

    required property string name
    property color color: Theme.text2
    property int size: Theme.sizeIcon

    width: size
    height: size
    Layout.preferredWidth: size
    Layout.preferredHeight: size
    sourceSize.width: size * Screen.devicePixelRatio
    sourceSize.height: size * Screen.devicePixelRatio
    source: name === "" ? "" : "image://icons/" + name + "/" + color.toString().substring(1)
    Accessible.ignored: true
}
