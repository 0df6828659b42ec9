"""Colours and fonts a painter needs, made once per theme; stale data has no colours."""

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QGuiApplication, QPen

from qt_trade.desktop.items.colors import ChartColors

SMALL_PX = 11
NORMAL_PX = 12
_GREY = {
    "gain": "text3",
    "loss": "text3",
    "series1": "text3",
    "series2": "text3",
    "series3": "textOff",
    "series4": "textOff",
    "accent": "textOff",
    "accentFill": "textOff",
}


@dataclass(frozen=True, slots=True)
class Ink:
    """One theme, at one pixel ratio (``unit``), fresh or stale."""

    colors: ChartColors
    unit: float
    stale: bool

    @property
    def hair(self) -> int:
        """The thinnest line that is still the same everywhere, in physical pixels."""
        return max(1, round(self.unit))

    def color(self, name: str) -> QColor:
        """Return a colour of the theme; grey instead of its meaning when stale."""
        return self.colors.of(_GREY.get(name, name) if self.stale else name)

    def mixed(self, name: str, part: float, ground: str = "panel") -> QColor:
        """Return a colour lying on another with this opacity, as one opaque colour."""
        top, below = self.color(name), self.color(ground)
        channels = (
            round(t * part + b * (1 - part))
            for t, b in zip(top.getRgb()[:3], below.getRgb()[:3], strict=True)  # type: ignore[index]  # the stub says object
        )
        return QColor(*channels)

    def brush(self, name: str) -> QBrush:
        """Return a full fill."""
        return QBrush(self.color(name))

    def pen(self, color: QColor, width: float = 1.0, *, dashes: tuple[float, ...] = ()) -> QPen:
        """Return a pen ``width`` units wide; ``dashes`` in widths."""
        pen = QPen(color)
        pen.setWidthF(max(1.0, width * self.unit))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if dashes:
            pen.setDashPattern(dashes)
        return pen

    def font(self, size: int = SMALL_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """Return the application's font with figures of one width."""
        return _font(QGuiApplication.font().family(), round(size * self.unit), weight)


@lru_cache(maxsize=64)
def _font(family: str, pixels: int, weight: QFont.Weight) -> QFont:
    font = QFont(family)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
