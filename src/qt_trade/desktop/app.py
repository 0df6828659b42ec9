"""The desktop as a program: fonts, theme, link, window."""

import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

# The threaded render loop and Python-painted items dead-lock on grabWindow (measured, 6.11.3).
os.environ.setdefault("QSG_RENDER_LOOP", "basic")

import shiboken6
from PySide6.QtCore import QCoreApplication, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon, QImage, QOpenGLContext
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow, QSGRendererInterface

from qt_trade.desktop.connection import Connection, Origin, connection_of, kept_by
from qt_trade.desktop.connection_store import ConnectionStore
from qt_trade.desktop.icons import ICONS, IconProvider
from qt_trade.desktop.items import (
    calibration_chart,
    candle_chart,
    growth_chart,
    line_chart,
    loss_chart,
    sparkline,
)
from qt_trade.desktop.link import DeskLink
from qt_trade.desktop.passwords import Kept, Passwords
from qt_trade.desktop.theme import load_fonts, ui_font
from qt_trade.desktop.view_models.desk import Desk
from qt_trade.kit.clock import Clock, SystemClock
from qt_trade.settings import Settings

QML = Path(__file__).parent / "qml"
ITEMS = (
    calibration_chart.CalibrationChart,
    candle_chart.CandleChart,
    growth_chart.GrowthChart,
    line_chart.EquityChart,
    loss_chart.LossChart,
    sparkline.Sparkline,
)
"""The painted items; importing them makes their QML types known."""
SETTINGS = "Settings"
"""The page that a desk without a connection begins with."""
READY_FD = "QTRADE_READY_FD"
"""A file descriptor that gets one line once the first frame is on the screen."""


class DesktopApp:
    """One window on one bus. Needs a QGuiApplication; ``close`` must be called in the end."""

    def __init__(
        self,
        redis_url: str | None,
        clock: Clock,
        rng: random.Random,
        store: ConnectionStore | None = None,
    ) -> None:
        named = None if redis_url is None else connection_of(redis_url, Origin.RUN)
        connection, kept = _saved(store) if named is None else (named, kept_by(named, Kept.RUN))
        self.link = DeskLink(None if connection is None else connection.url, clock, rng)
        self.desk = Desk(self.link, clock, rng, store)
        if connection is not None:
            self.desk.use(connection, kept)
        self.engine = QQmlApplicationEngine()
        self.engine.addImageProvider("icons", IconProvider())
        self.engine.addImportPath(str(QML))
        self.engine.setInitialProperties({"desk": self.desk, "opened": True})
        self.engine.loadFromModule("QtTrade", "Main")
        roots = self.engine.rootObjects()
        if not roots or not isinstance(roots[0], QQuickWindow):
            raise RuntimeError("the window could not be loaded; Qt's messages say why")
        self.window: QQuickWindow = roots[0]
        self.desk.frameWanted.connect(self.window.update)
        self.window.frameSwapped.connect(self.desk.painted)
        if connection is None:
            self.desk.pageCalled.emit(SETTINGS)
        self.link.start()

    def grab(self) -> QImage:
        """Return what the window shows."""
        return self.window.grabWindow()

    def close(self) -> None:
        """End the session, then take the window down, in the order Qt needs."""
        self.desk.stop()
        self.link.close()
        self.window.close()
        shiboken6.delete(self.engine)


def _saved(store: ConnectionStore | None) -> tuple[Connection | None, Kept]:
    found = None if store is None else store.load()
    return (None, Kept.NOWHERE) if found is None else found


def prepare(argv: Sequence[str]) -> QGuiApplication:
    """Return the application with the product's name, fonts and style; falls back without GL."""
    QQuickWindow.setTextRenderType(QQuickWindow.TextRenderType.NativeTextRendering)
    QCoreApplication.setOrganizationName("QtTrade")
    QCoreApplication.setApplicationName("QtTrade")
    application = QGuiApplication(list(argv))
    application.setApplicationDisplayName("QtTrade")
    if not _can_draw_with_gl(application):
        QQuickWindow.setGraphicsApi(QSGRendererInterface.GraphicsApi.Software)
    application.setWindowIcon(QIcon(str(ICONS / "logo.svg")))
    load_fonts()
    application.setFont(ui_font())
    return application


def _can_draw_with_gl(application: QGuiApplication) -> bool:
    # Without a context Qt would end the program at the first frame.
    return application.platformName() != "offscreen" and QOpenGLContext().create()


def run_desktop(settings: Settings) -> int:
    """Show the window until it is closed; return the exit code.

    Without a Redis URL it is the one saved on this desk; without that the window asks for it.
    """
    url = None if settings.redis_url is None else settings.redis()
    application = prepare(sys.argv[:1])
    store = QSettings()
    connections = ConnectionStore(store, Passwords())
    app = DesktopApp(url, SystemClock(), random.SystemRandom(), connections)
    _restore(app.window, store)
    _tell_when_ready(app.window)
    for number in (signal.SIGTERM, signal.SIGINT):
        # Python looks at signals when it next runs: at the latest with the desk's one-second timer,
        # and as well in the middle of a frame, where closing the window would crash. So: afterwards.
        signal.signal(number, lambda *_: QTimer.singleShot(0, application.quit))
    try:
        return application.exec()
    finally:
        store.setValue("window/size", app.window.size())
        app.close()


def _restore(window: QQuickWindow, store: QSettings) -> None:
    size = store.value("window/size")
    if isinstance(size, QSize) and size.isValid():
        window.resize(size.expandedTo(window.minimumSize()))


def _tell_when_ready(window: QQuickWindow) -> None:
    number = os.environ.get(READY_FD)
    if number is None:
        return

    def tell() -> None:
        os.write(int(number), b"ready\n")

    window.frameSwapped.connect(tell, Qt.ConnectionType.SingleShotConnection)
    QTimer.singleShot(0, window.update)
