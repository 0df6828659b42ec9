import QtQuick
import QtQuick.Shapes
import QtTrade.Theme

// Diagonal lines behind the word PAPER: simulated money looks drawn, not printed.
Shape {
    id: hatch

    property color color: Theme.line
    readonly property real step: 6

    clip: true
    ShapePath {
        strokeColor: hatch.color
        strokeWidth: Theme.strokeHair
        fillColor: "transparent"
        PathSvg {
            path: {
                let d = "";
                for (let x = -hatch.height; x < hatch.width; x += hatch.step) {
                    const from = Math.max(0, x);
                    const to = Math.min(hatch.width, x + hatch.height);
                    d += `M${from} ${hatch.height - (from - x)}L${to} ${hatch.height - (to - x)}`;
                }
                return d === "" ? "M0 0" : d;
            }
        }
    }
}
