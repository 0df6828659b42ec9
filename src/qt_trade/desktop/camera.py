"""Grabs every page of a desktop at one scale; ``screenshots`` runs it once per scale."""

import random
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from qt_trade.desktop.app import DesktopApp, prepare
from qt_trade.desktop.cuttable_line import CuttableLine
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.kit.clock import SystemClock
from qt_trade.settings import Settings

PAGES = {"markets": 1, "autotrading": 2, "dashboard": 0}
"""The pages in the order they are taken; the last one is taken again without its connection."""
READY_TIMEOUT_MS = 300_000
SETTLE_TIMEOUT_MS = 10_000
CYCLES_WANTED = 12
TRADES_WANTED = 2
ATTEMPTS_WANTED = 6


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
        for page, number in PAGES.items():
            app.window.setProperty("page", number)
            _wait(app, lambda: _worth_showing(app.desk.snapshot), READY_TIMEOUT_MS)
            _save(app, folder / f"{page}{suffix}.png")
        line.cut()
        _wait(app, lambda: app.desk.snapshot.link.attempt >= ATTEMPTS_WANTED, SETTLE_TIMEOUT_MS)
        _save(app, folder / f"reconnecting{suffix}.png")
    finally:
        app.close()
        line.end()
        del application


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
    )


def _wait(app: DesktopApp, ready: Callable[[], bool], timeout_ms: int) -> None:
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


def _save(app: DesktopApp, file: Path) -> None:
    if not app.grab().save(str(file)):
        raise OSError(f"cannot write {file}")


if __name__ == "__main__":
    main()
