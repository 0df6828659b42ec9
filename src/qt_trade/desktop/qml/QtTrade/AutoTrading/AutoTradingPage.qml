import QtQuick
import QtTrade.Theme
import QtTrade.Controls
Item { required property var desk
 Card { anchors.fill: parent; title: "AutoTrading"; note: "x"; WaitingBars {} } }
