"""Grabs every page of a desktop at one scale; ``screenshots`` runs it once per scale."""

import random
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, QMetaObject, QTimer
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickItem

from qt_trade.desktop.app import DesktopApp, prepare
from qt_trade.desktop.cuttable_line import CuttableLine
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models.ticket import KINDS, QUANTITY, Kind
from qt_trade.kit.clock import SystemClock
from qt_trade.settings import Settings

PAGES = (
    *("Markets", "AutoTrading", "Orders", "Portfolio", "Intelligence", "Risk"),
    *("System", "Settings", "Dashboard"),
)
"""The pages in the order they are taken; the last one is taken again without its connection."""
READY_TIMEOUT_MS = 300_000
SETTLE_TIMEOUT_MS = 10_000
CYCLES_WANTED = 12
TRADES_WANTED = 2
ATTEMPTS_WANTED = 6
COLORS, APART = 256, 12
"""A large picture is stored in so many colours, so far apart: a third of the size, the same look."""
CHUNK = 4096
BEST = 0
"""Qt's name for the most thorough compression of a PNG."""


class NothingToShowError(RuntimeError):
    """The stack did not get far enough in time."""


def main() -> None:
    """Grab into the folder of the first argument at the scale of the second."""
    folder, scale = Path(sys.argv[1]), int(sys.argv[2])
    suffix = "" if scale == 1 else f"@{scale}x"
    application = prepare(sys.argv[:1])
    line = CuttableLine(Settings().redis())
    app = DesktopApp(line.url, SystemClock(), random.SystemRandom())
    try:
        _wait(app, lambda: _worth_showing(app.desk.snapshot), READY_TIMEOUT_MS)
        held = app.desk.snapshot.positions
        if held is not None:
            app.desk.selectSymbol(held.positions[0].symbol)
        for page in PAGES:
            app.desk.openPageCalled(page)
            _wait(app, lambda: _worth_showing(app.desk.snapshot), READY_TIMEOUT_MS)
            _prepare(app, page)
            _save(app, folder / f"{page.lower()}{suffix}.png", scale)
        _toggle_age(app)
        _save(app, folder / f"age{suffix}.png", scale)
        _toggle_age(app)
        line.cut()
        _wait(app, lambda: app.desk.snapshot.link.attempt >= ATTEMPTS_WANTED)
        _save(app, folder / f"reconnecting{suffix}.png", scale)
    finally:
        app.close()
        line.end()
        del application


def _toggle_age(app: DesktopApp) -> None:
    """Pin the age and source of the account's value, or let it go, as a click on it does."""
    place = _found("portfolioTotalAge", app.window.contentItem())
    if place is None:
        raise NothingToShowError("the account's value is not on the page")
    QMetaObject.invokeMethod(place, "toggle")


def _found(name: str, item: QQuickItem) -> QQuickItem | None:
    if item.objectName() == name:
        return item
    return next((one for child in item.childItems() if (one := _found(name, child))), None)


def _prepare(app: DesktopApp, page: str) -> None:
    """Let a page do what it is there for, once."""
    if page == "Settings":
        app.desk.form.test()
        _wait(app, lambda: app.desk.form.tested)
    if page == "Orders":
        ticket = app.desk.property("ticket")
        ticket.chooseKind(KINDS.index(Kind.MARKET))
        ticket.type(QUANTITY, "3")
        _wait(app, lambda: not ticket.asking)
    if page == "System":
        # The canary that flew while the last picture was written waited for that.
        system = app.desk.snapshot.system
        last = system.painted
        _wait(app, lambda: system.painted is not last)


def _worth_showing(desk: Snapshot) -> bool:
    """Whether every card has something real in it."""
    status, predictions = desk.trading_status, desk.predictions
    return (
        status is not None
        and status.last_cycle is not None
        and status.last_cycle.orders > 0
        and status.cycles_run >= CYCLES_WANTED
        and len(desk.trades) >= TRADES_WANTED
        and desk.positions is not None
        and bool(desk.positions.positions)
        and predictions is not None
        and bool(predictions.symbols)
        and bool(desk.quotes)
        and desk.canary is not None
        and desk.system.is_painted(desk.canary)
    )


def _wait(app: DesktopApp, ready: Callable[[], bool], timeout_ms: int = SETTLE_TIMEOUT_MS) -> None:
    """Run until something arrived and ``ready`` says yes. Raises NothingToShowError."""
    loop = QEventLoop()

    def look() -> None:
        if ready():
            loop.quit()

    limit = QTimer(singleShot=True, interval=timeout_ms)
    limit.timeout.connect(lambda: loop.exit(1))
    limit.start()
    app.desk.flushed.connect(look)
    late = loop.exec()
    app.desk.flushed.disconnect(look)
    if late:
        raise NothingToShowError(f"nothing worth a picture within {timeout_ms / 1000:g} s")


def _save(app: DesktopApp, file: Path, scale: int) -> None:
    image = app.grab()
    if not (image if scale == 1 else _indexed(image)).save(str(file), quality=BEST):
        raise OSError(f"cannot write {file}")


def _indexed(image: QImage) -> QImage:
    """Return the image in few colours: a picture of flat areas and text has no more to lose."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.width())
    colors, where, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    table = _table(colors[np.argsort(-counts, kind="stable")])
    nearest = np.concatenate(
        [_nearest(colors[i : i + CHUNK], table) for i in range(0, len(colors), CHUNK)]
    )
    body = nearest[where].tobytes()
    small = QImage(
        body, plain.width(), plain.height(), plain.width(), QImage.Format.Format_Indexed8
    )
    small.setColorTable([int(color) for color in table])
    return small.copy()  # `body` is gone when this returns


def _table(colors: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the first colours that are not much like one before them."""
    channels = _channels(colors)
    free = np.ones(len(colors), bool)
    chosen: list[int] = []
    while free.any() and len(chosen) < COLORS:
        chosen.append(int(free.argmax()))
        free &= ((channels - channels[chosen[-1]]) ** 2).sum(axis=1) > APART**2
    return colors[chosen]


def _nearest(colors: NDArray[np.uint32], table: NDArray[np.uint32]) -> NDArray[np.uint8]:
    distance = _channels(colors)[:, None, :] - _channels(table)[None]
    nearest: NDArray[np.uint8] = (distance**2).sum(axis=2).argmin(axis=1).astype(np.uint8)
    return nearest


def _channels(colors: NDArray[np.uint32]) -> NDArray[np.int32]:
    return np.stack([(colors >> shift) & 0xFF for shift in (16, 8, 0)], axis=1).astype(np.int32)


if __name__ == "__main__":
    main()
