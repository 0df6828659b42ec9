"""The design tokens as a QML singleton: ``Theme.qml`` is written from ``tokens.json``.

Run ``python -m qt_trade.desktop.theme`` after changing the tokens; a test holds the file current.
"""

import json
from pathlib import Path
from typing import Any

from PySide6.QtGui import QFont, QFontDatabase

_ROOM = Path(__file__).parent
TOKENS = _ROOM / "tokens.json"
THEME_QML = _ROOM / "qml" / "QtTrade" / "Theme" / "Theme.qml"
FONTS = _ROOM / "fonts"

_HEAD = """// Written from tokens.json by `python -m qt_trade.desktop.theme`; change the tokens, not this file.
pragma Singleton
import QtQuick

QtObject {
    property bool dark: true
    property bool reducedMotion: false
"""


def load_fonts() -> None:
    """Register the bundled fonts, so that text is the same on every machine.

    Raises RuntimeError when a font file cannot be read.
    """
    for file in sorted([*FONTS.glob("*.otf"), *FONTS.glob("*.ttf")]):
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            raise RuntimeError(f"cannot load the font {file}")


def ui_font() -> QFont:
    """Return the application's font: the body style of the tokens."""
    style = _tokens()["type"]
    font = QFont(style["family"]["ui"])
    font.setPixelSize(style["scale"]["body"]["size"])
    return font


def theme_qml() -> str:
    """Return the text of ``Theme.qml`` for the present tokens."""
    tokens = _tokens()
    sections = [
        _colors(tokens["color"]),
        _fonts(tokens["type"]),
        _numbers("space", tokens["space"]),
        _numbers("radius", tokens["radius"]),
        _numbers("stroke", tokens["stroke"]),
        _sizes(tokens["size"]),
        _durations(tokens["duration"], tokens["reducedMotion"]),
    ]
    return _HEAD + "".join(f"\n{section}" for section in sections) + "}\n"


def _tokens() -> dict[str, Any]:
    tokens: dict[str, Any] = json.loads(TOKENS.read_text(encoding="utf-8"))
    return tokens


def _colors(colors: dict[str, dict[str, str]]) -> str:
    return "".join(
        f"    readonly property color {_safe(name)}: "
        f'dark ? "{_argb(dark)}" : "{_argb(colors["light"][name])}"\n'
        for name, dark in colors["dark"].items()
    )


def _safe(name: str) -> str:
    """Return a name QML does not take for a signal handler (``onFill``)."""
    return f"text{name[0].upper()}{name[1:]}" if name.startswith("on") else name


def _argb(css: str) -> str:
    """Return a CSS colour as QML writes it: ``#rrggbb`` or ``#aarrggbb``."""
    if not css.startswith("rgba("):
        return css
    red, green, blue, alpha = css[5:-1].split(",")
    return f"#{round(float(alpha) * 255):02X}{int(red):02X}{int(green):02X}{int(blue):02X}"


def _fonts(style: dict[str, Any]) -> str:
    features = ", ".join(f'"{name}": 1' for name in style["features"]["numbers"])
    lines = [
        f'    readonly property string familyUi: "{style["family"]["ui"]}"\n',
        f'    readonly property string familyMono: "{style["family"]["mono"]}"\n',
    ]
    lines += [
        f"    readonly property font {name}: Qt.font({{ family: familyUi, "
        f"pixelSize: {font['size']}, weight: {font['weight']}, features: {{ {features} }} }})\n"
        f"    readonly property int {name}Line: {font['line']}\n"
        for name, font in style["scale"].items()
    ]
    lines.append(
        "    readonly property font mono: Qt.font({ family: familyMono, pixelSize: "
        f"{style['scale']['caption']['size']} }})\n"
    )
    return "".join(lines)


def _numbers(group: str, values: dict[str, float]) -> str:
    return "".join(
        f"    readonly property {_type(value)} {group}{name[0].upper()}{name[1:]}: {value}\n"
        for name, value in values.items()
    )


def _type(value: float) -> str:
    return "int" if isinstance(value, int) else "real"


def _sizes(values: dict[str, Any]) -> str:
    flat = {name: value for name, value in values.items() if not isinstance(value, dict)}
    rows = {f"row{name.capitalize()}": value for name, value in values["row"].items()}
    return _numbers("size", flat | rows)


def _durations(values: dict[str, int], reduced: dict[str, int]) -> str:
    return "".join(
        f"    readonly property int duration{name[0].upper()}{name[1:]}: "
        + (f"reducedMotion ? {reduced[name]} : {value}\n" if name in reduced else f"{value}\n")
        for name, value in values.items()
    )


if __name__ == "__main__":
    THEME_QML.write_text(theme_qml(), encoding="utf-8")
