pragma ComponentBehavior: Bound
import QtQuick
import QtTrade.Theme
import QtTrade.Controls

// The pages that exist; below 1280 px only their icons.
Rectangle {
    id: nav

    required property var pages
    required property int current
    property bool folded: false
    // How many things on a page, by its name, need a person.
    property var needs: ({})
    signal chosen(int index)

    implicitWidth: folded ? Theme.sizeNavCollapsed : Theme.sizeNav
    color: Theme.panel
    Accessible.role: Accessible.PageTabList
    Accessible.name: "Pages"

    Column {
        x: Theme.space2
        y: Theme.space2 + 2
        width: parent.width - 2 * Theme.space2
        spacing: 2
        Repeater {
            model: nav.pages
            delegate: NavItem {
                required property var modelData
                required property int index
                objectName: "nav" + modelData.name
                width: parent ? parent.width : 0
                text: modelData.name
                iconName: modelData.icon
                digit: String(modelData.number)
                needs: nav.needs[modelData.name] ?? 0
                current: nav.current === index
                folded: nav.folded
                onClicked: nav.chosen(index)
            }
        }
    }
    Rectangle {
        anchors.right: parent.right
        width: Theme.strokeHair
        height: parent.height
        color: Theme.line
    }
}
