"""The base of the painted items: theme colours, staleness, and an own opaque picture.

Under OpenGL Qt hands a painted item an image whose fills are ten times slower than this one's.
"""

from collections.abc import Callable

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem, QQuickWindow

from qt_trade.desktop.items.colors import ChartColors
from qt_trade.desktop.items.ink import Ink

Draw = Callable[[QPainter, Ink, int, int], None]
"""Draws everything; the size is in physical pixels."""


class Canvas(QQuickPaintedItem):
    """A painted item. ``colors``: the theme; ``stale``: values are old, colours go."""

    colorsChanged = Signal()  # noqa: N815  # Qt's names
    staleChanged = Signal()  # noqa: N815

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.setOpaquePainting(True)
        self.repaints = 0
        """How many pictures were made."""
        self._image = QImage()
        self._colors = ChartColors(self)
        self._hearing_colors = self._colors.changed.connect(self.update)
        self._stale = False

    def _get_colors(self) -> ChartColors:
        return self._colors

    def _set_colors(self, colors: ChartColors | None) -> None:
        if colors is self._colors:
            return
        # A binding gives null while its source is being torn down.
        QObject.disconnect(self._hearing_colors)
        self._colors = ChartColors(self) if colors is None else colors
        self._hearing_colors = self._colors.changed.connect(self.update)
        self.colorsChanged.emit()
        self.update()

    colors = Property(ChartColors, _get_colors, _set_colors, notify=colorsChanged)

    def _get_stale(self) -> bool:
        return self._stale

    def _set_stale(self, stale: bool) -> None:  # noqa: FBT001  # a property's setter
        if stale != self._stale:
            self._stale = stale
            self.staleChanged.emit()
            self.update()

    stale = Property(bool, _get_stale, _set_stale, notify=staleChanged)

    @property
    def unit(self) -> float:
        """Physical pixels per pixel of QML."""
        return _ratio(self.window())

    def paint_by(self, painter: QPainter, draw: Draw) -> None:
        """Make the picture with ``draw`` and hand it to Qt's painter."""
        unit = self.unit
        width, height = round(self.width() * unit), round(self.height() * unit)
        if width < 1 or height < 1:
            return
        if (self._image.width(), self._image.height()) != (width, height):
            self._image = QImage(width, height, QImage.Format.Format_RGB32)
        self._image.setDevicePixelRatio(1.0)
        own = QPainter(self._image)
        try:
            draw(own, Ink(self._colors, unit, self._stale), width, height)
        finally:
            # A painter that is never ended takes the program down with it.
            own.end()
        self._image.setDevicePixelRatio(unit)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(0, 0, self._image)
        self.repaints += 1


def _ratio(window: QQuickWindow | None) -> float:
    return 1.0 if window is None else window.effectiveDevicePixelRatio()
