"""Windows with one painted item in them, and the pixels they show."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject, QPoint, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickItem, QQuickWindow
from PySide6.QtTest import QTest

WINDOW = """
import QtQuick
import QtTrade.Items
Window {{
    width: {width}; height: {height}; visible: true; color: "#000000"
    required property QtObject series
    id: window
    {item}
}}
"""


class Shown:
    """A window and its item, found by the name ``item``."""

    def __init__(self, engine: QQmlApplicationEngine) -> None:
        self.engine = engine
        window = engine.rootObjects()[0]
        assert isinstance(window, QQuickWindow)
        self.window = window
        item = window.findChild(QQuickItem, "item")
        assert isinstance(item, QQuickItem)
        self.item = item

    def grab(self) -> QImage:
        """Return what is on the screen now."""
        QGuiApplication.processEvents()
        return self.window.grabWindow()

    def colors(self, x0: float, y0: float, x1: float, y1: float) -> set[str]:
        """Return all colours in a part of the picture."""
        image = self.grab()
        return {
            image.pixelColor(x, y).name()
            for x in range(round(x0), round(x1) + 1)
            for y in range(round(y0), round(y1) + 1)
        }

    def row(self, x0: float, x1: float, y: float) -> list[str]:
        """Return the colours along a level line, from left to right."""
        image = self.grab()
        return [image.pixelColor(x, round(y)).name() for x in range(round(x0), round(x1) + 1)]

    def at(self, x: float, y: float) -> str:
        """Return the colour of a pixel."""
        return self.grab().pixelColor(round(x), round(y)).name()

    def point(self, x: float, y: float) -> None:
        """Move the mouse."""
        QTest.mouseMove(self.window, QPoint(round(x), round(y)))
        QGuiApplication.processEvents()


Show = Callable[..., Shown]


@pytest.fixture
def show(qapp: QGuiApplication, tmp_path: Path) -> Iterator[Show]:
    """Show an item's QML in a window of its own."""
    engines: list[QQmlApplicationEngine] = []

    def shown(item: str, series: QObject, width: int = 600, height: int = 320) -> Shown:
        engine = QQmlApplicationEngine()
        engine.setInitialProperties({"series": series})
        text = WINDOW.format(item=item, width=width, height=height)
        engine.loadData(text.encode(), QUrl.fromLocalFile(str(tmp_path / "window.qml")))
        engines.append(engine)
        made = Shown(engine)
        # Showing a window brings the pointer in at its corner: take that in, then park it; twice,
        # because a move to where the last window had it would be none.
        made.grab()
        made.point(width - 2, height - 2)
        made.point(width - 1, height - 1)
        made.grab()
        return made

    yield shown
    for engine in engines:
        shiboken6.delete(engine)


@pytest.fixture
def ink() -> Callable[[str], str]:
    """Return a theme colour as a pixel says it."""
    from qt_trade.desktop.items.colors import ChartColors  # noqa: PLC0415  # after qapp is set up

    colors = ChartColors()
    return lambda name: QColor(colors.of(name)).name()
