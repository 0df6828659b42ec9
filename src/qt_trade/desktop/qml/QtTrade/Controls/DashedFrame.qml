import QtQuick
import QtQuick.Shapes
import QtTrade.Theme

// A dashed outline, which Rectangle cannot draw.
Shape {
    id: frame

    property color color: Theme.warn
    property real radius: Theme.radiusChip

    ShapePath {
        strokeColor: frame.color
        strokeWidth: Theme.strokeHair
        strokeStyle: ShapePath.DashLine
        dashPattern: [3, 2]
        fillColor: "transparent"
        PathRectangle {
            x: 0.5
            y: 0.5
            width: Math.max(1, frame.width - 1)
            height: Math.max(1, frame.height - 1)
            radius: frame.radius
        }
    }
}
