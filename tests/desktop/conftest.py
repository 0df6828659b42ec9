"""A window without a display on a real Valkey, and a small backend beside it."""

import os
import random
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_QUICK_BACKEND", "software")
os.environ.setdefault("QSG_RENDER_LOOP", "basic")

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.desktop.app import DesktopApp, prepare
from qt_trade.kit.clock import SystemClock


@pytest.fixture(scope="session")
def qapp() -> QGuiApplication:
    """The product's application: its fonts, its name."""
    present = QGuiApplication.instance()
    return present if isinstance(present, QGuiApplication) else prepare(["qtrade-test"])


@pytest.fixture
def backend(redis_url: str) -> Iterator[Backend]:
    """Streamer, worker and engine on the session's Valkey; it has published nothing yet."""
    running = Backend(redis_url)
    yield running
    running.close()


@pytest.fixture
def open_desk(qtbot: QtBot) -> Iterator[Callable[[str], Hands]]:
    """Open a window on a Redis URL; it is closed after the test."""
    opened: list[DesktopApp] = []

    def open_on(url: str) -> Hands:
        app = DesktopApp(url, SystemClock(), random.Random(len(opened)))
        opened.append(app)
        return Hands(app, qtbot)

    yield open_on
    for app in opened:
        app.close()


@pytest.fixture
def desk(open_desk: Callable[[str], Hands], backend: Backend) -> Hands:
    """A connected window; what it shows is up to what the test publishes."""
    hands = open_desk(backend.url)
    hands.until(lambda: hands.snapshot.connected)
    return hands
