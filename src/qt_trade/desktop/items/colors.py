"""The colours of the painted items, named as in the theme."""

import json

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtGui import QColor
from PySide6.QtQml import QmlElement

from qt_trade.desktop.theme import TOKENS

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1


def _color(name: str, changed: Signal) -> Property:
    def read(self: "ChartColors") -> QColor:
        return self.of(name)

    def write(self: "ChartColors", color: QColor) -> None:
        self.take(name, color)

    return Property(QColor, read, write, notify=changed)


@QmlElement
class ChartColors(QObject):
    """Colours by the theme's names; unbound ones are those of the dark theme.

    One object can serve all charts: ``ChartColors { id: ink; panel: Theme.panel; ... }``.
    """

    changed = Signal()

    panel = _color("panel", changed)
    raised = _color("raised", changed)
    grid = _color("grid", changed)
    line = _color("line", changed)
    lineStrong = _color("lineStrong", changed)  # noqa: N815  # the theme's names
    text1 = _color("text1", changed)
    text2 = _color("text2", changed)
    text3 = _color("text3", changed)
    textOff = _color("textOff", changed)  # noqa: N815
    accent = _color("accent", changed)
    accentFill = _color("accentFill", changed)  # noqa: N815
    textOnFill = _color("textOnFill", changed)  # noqa: N815
    gain = _color("gain", changed)
    loss = _color("loss", changed)
    warn = _color("warn", changed)
    series1 = _color("series1", changed)
    series2 = _color("series2", changed)
    series3 = _color("series3", changed)
    series4 = _color("series4", changed)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colors = _dark()

    def of(self, name: str) -> QColor:
        """Return a copy of a colour by its name."""
        return QColor(self._colors[name])

    def take(self, name: str, color: QColor) -> None:
        """Change a colour."""
        if self._colors[name] != color:
            self._colors[name] = color
            self.changed.emit()


def _dark() -> dict[str, QColor]:
    tokens = json.loads(TOKENS.read_text(encoding="utf-8"))["color"]["dark"]
    colors = {name: QColor(text) for name, text in tokens.items() if text.startswith("#")}
    # QML takes names that begin with "on" for handlers; the theme renames this one, too.
    return colors | {"textOnFill": colors["onFill"]}
