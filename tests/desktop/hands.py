"""Eyes and hands for a test: read what stands on the screen, press what can be pressed."""

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from qt_trade.desktop.app import DesktopApp
from qt_trade.desktop.snapshot import Snapshot

TIMEOUT_MS = 15_000
PAGES = (
    *("Dashboard", "Markets", "AutoTrading", "Orders", "Portfolio", "Intelligence"),
    *("Risk", "System", "Settings"),
)
"""What the navigation offers."""


class Hands:
    """One window."""

    def __init__(self, app: DesktopApp, qtbot: QtBot) -> None:
        self.app, self.qtbot = app, qtbot

    @property
    def snapshot(self) -> Snapshot:
        return self.app.desk.snapshot

    def until(self, ready: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(ready, timeout=TIMEOUT_MS)

    def settle(self) -> None:
        """Let layouts that wait for the next frame, or for one another, take their place."""
        for _ in range(2):
            QCoreApplication.processEvents()
            self.app.grab()

    @property
    def page(self) -> str:
        """The name of the page that is shown."""
        return str(self.app.window.property("pageName"))

    def show(self, page: str) -> None:
        self.app.desk.openPageCalled(page)

    def item(self, name: str) -> QQuickItem:
        for item in self._items(self.app.window.contentItem()):
            if item.objectName() == name:
                return item
        raise AssertionError(f"nothing on the screen is called {name}")

    def shows(self, name: str) -> bool:
        """Whether something of this name is on the screen now."""
        items = self._items(self.app.window.contentItem())
        return any(item.objectName() == name and item.isVisible() for item in items)

    def read(self, name: str, what: str = "text") -> Any:
        return self.item(name).property(what)

    def words(self) -> list[str]:
        """Every text that is visible."""
        return self.words_in(self.app.window.contentItem())

    def words_in(self, part: QQuickItem) -> list[str]:
        """Every text that is visible in a part of the window."""
        return [
            text
            for item in self._items(part)
            if item.isVisible() and isinstance(text := item.property("text"), str) and text
        ]

    def press(self, name: str) -> None:
        QTest.mouseClick(
            self.app.window,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            self.place(name),
        )

    def point(self, name: str) -> None:
        """Move the pointer to the middle of something."""
        self.point_at(self.place(name))

    def point_at(self, place: QPoint) -> None:
        QTest.mouseMove(self.app.window, place)

    def type(self, key: Qt.Key) -> None:
        QTest.keyClick(self.app.window, key)

    def write(self, name: str, text: str) -> None:
        """Put the keyboard into a field, and type in place of what stands there."""
        self.item(name).forceActiveFocus()
        self.until(lambda: bool(self.read(name, "activeFocus")))
        QTest.keyClick(self.app.window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(self.app.window, Qt.Key.Key_Backspace)
        for letter in text:
            QTest.keyClick(self.app.window, letter)

    def place(self, name: str) -> QPoint:
        item = self.item(name)
        return item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()

    def _items(self, item: QQuickItem) -> Iterator[QQuickItem]:
        yield item
        for child in item.childItems():
            yield from self._items(child)
