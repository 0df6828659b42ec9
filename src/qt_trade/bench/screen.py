"""The far end of ``bench pipeline``: the desktop without a display, and what its cells show when."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from PySide6.QtCore import QEventLoop, QModelIndex, QTimer

from qt_trade.bench.streaming import Load, Moments, number_of
from qt_trade.desktop.app import DesktopApp, prepare
from qt_trade.desktop.models.watch_list import WatchListModel
from qt_trade.kit.clock import SystemClock

PATIENCE_MS = 60_000


class Screen:
    """Notes for every quote when the watch list first showed it or a newer one, seen or not."""

    def __init__(
        self, app: DesktopApp, load: Load, handed_over: Moments, orders: Connection
    ) -> None:
        tables: Any = app.desk.tables
        model: WatchListModel = tables.watchList
        self._app = app
        self._model = model
        self._load = load
        self._handed_over = handed_over
        self._orders = orders
        self._places: dict[str, int] = {name: place for place, name in enumerate(load.names)}
        self._shown: dict[str, int] = dict.fromkeys(load.names, -1)
        self._times: list[float] = []
        self._wanted = 0
        self._loop = QEventLoop()
        model.dataChanged.connect(self._changed)
        model.rowsInserted.connect(self._inserted)

    def open_page(self, name: str) -> None:
        """Look at another page."""
        self._app.desk.openPageCalled(name)

    def show(self, count: int) -> list[float]:
        """Order quotes and return, in ms, how long each took; raise RuntimeError on a loss."""
        self._times = []
        self._wanted = count
        self._orders.send(count)
        self._wait(count)
        return self._times

    def _wait(self, count: int) -> None:
        patience = QTimer(singleShot=True, interval=PATIENCE_MS)
        patience.timeout.connect(self._loop.quit)
        patience.start()
        # A row that is scrolled away tells nothing, and knows its quote all the same.
        self._app.desk.flushed.connect(self._look_at_all)
        self._loop.exec()
        self._app.desk.flushed.disconnect(self._look_at_all)
        if len(self._times) < count:
            raise RuntimeError(f"of {count} quotes {len(self._times)} were shown")

    @contextmanager
    def unwatched(self, count: int) -> Iterator[None]:
        """Order quotes and look at none of them inside the block, then wait until all are shown.

        What looking costs is none of the desktop's burden.
        """
        self._model.dataChanged.disconnect(self._changed)
        self._orders.send(count)
        try:
            yield
        finally:
            self._model.dataChanged.connect(self._changed)
        self._times, self._wanted = [], count
        self._look_at_all()
        if len(self._times) < count:
            self._wait(count)

    def _look_at_all(self) -> None:
        self._look(0, self._model.rowCount() - 1)

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._look(first, last)

    def _changed(self, top: QModelIndex, bottom: QModelIndex) -> None:
        self._look(top.row(), bottom.row())

    def _look(self, first: int, last: int) -> None:
        now = time.monotonic_ns()
        for place in range(first, last + 1):
            row = self._model.row(place)
            if row.last is not None:
                self._note(row.symbol, number_of(row.last), now)
        if len(self._times) >= self._wanted:
            self._loop.quit()

    def _note(self, symbol: str, number: int, now: int) -> None:
        place = self._places[symbol]
        for earlier in range(self._shown[symbol] + 1, number + 1):
            handed_over = self._handed_over[earlier * self._load.symbols + place]
            self._times.append((now - handed_over) / 1e6)
        self._shown[symbol] = max(number, self._shown[symbol])


@contextmanager
def screen_on(url: str, load: Load, handed_over: Moments, orders: Connection) -> Iterator[Screen]:
    """Open the desktop on a server; close it in the end."""
    application = prepare(["qtrade-bench"])
    app = DesktopApp(url, SystemClock(), random.SystemRandom())
    try:
        yield Screen(app, load, handed_over, orders)
    finally:
        app.close()
        del application
