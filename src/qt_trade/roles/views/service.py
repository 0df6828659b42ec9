"""Writes the views whenever what they are made of has changed, each at most twice a second."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from qt_trade.contract import older_views as older
from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Bus, Change
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.payloads.market import Bar, MarketStatus
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.kit.logs import get_logger
from qt_trade.roles.kept_documents import KeptDocuments
from qt_trade.roles.views import shapes
from qt_trade.roles.work import Work

PAUSE_S = 0.5

T = TypeVar("T")


class Views:
    """Reads from one database and writes into another until cancelled.

    A document that is missing or damaged has no view: an older frontend must not take yesterday's
    for today's.
    """

    def __init__(self, ours: Bus, theirs: Bus, work: Work) -> None:
        self._ours = ours
        self._work = work
        self._theirs = theirs
        self._kept = KeptDocuments(theirs)
        self._due: dict[tuple[str, str], tuple[Document[Any], Any]] = {}
        self._changed = asyncio.Event()
        self._prices: dict[str, older.OlderPrice] = {}
        self._bars: dict[str, deque[Bar]] = {}
        self._predicted: frozenset[str] = frozenset()
        self._run_id = ""
        self._following: set[asyncio.Task[None]] = set()
        self._log = get_logger()

    async def run(self) -> None:
        """Follow what the views are made of, and write them."""
        watch = self._ours.watch
        await watch(registry.MARKET_DATA, self._take(older.MARKET_DATA, self._on_prices))
        await watch(
            registry.PORTFOLIO_POSITIONS, self._take(older.PORTFOLIO_POSITIONS, shapes.positions)
        )
        await watch(
            registry.ACTIVE_ORDERS,
            self._take(older.ACTIVE_ORDERS, lambda found: shapes.orders(found, self._prices)),
        )
        await watch(registry.MARKET_STATUS, self._take(older.API_STATUS, shapes.api_status))
        await watch(registry.ALERTS_ACTIVE, self._take(older.NOTIFICATIONS, shapes.notices))
        await watch(registry.PREDICTIONS_CURRENT, self._on_predictions)
        await watch(registry.MARKET_STATUS, self._on_status)
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._write()
            await asyncio.sleep(PAUSE_S)

    async def close(self) -> None:
        """Follow and write nothing more."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)
        await self._kept.close()

    def _take(self, view: Document[Any], shape: Callable[[T], Any]) -> Callable[[Change[T]], None]:
        def take(change: Change[T]) -> None:
            self._show(view, None if change.value is None else shape(change.value))

        return take

    def _on_prices(self, data: Any) -> dict[str, older.OlderPrice]:
        self._prices = shapes.prices(data)
        return self._prices

    def _on_predictions(self, change: Change[PredictionsCurrent]) -> None:
        lines = {} if change.value is None else change.value.symbols
        for symbol, line in lines.items():
            self._show(older.PREDICTIONS, shapes.predicted(line), symbol)
        for symbol in self._predicted - lines.keys():
            self._show(older.PREDICTIONS, None, symbol)
        self._predicted = frozenset(lines)

    def _on_status(self, change: Change[MarketStatus]) -> None:
        status = change.value
        if status is None or status.run_id == self._run_id:
            return
        self._run_id = status.run_id
        self._bars = {symbol: deque(maxlen=shapes.BARS_SHOWN) for symbol in status.symbols}
        for symbol in status.symbols:
            task = asyncio.ensure_future(self._follow(symbol))
            self._following.add(task)
            task.add_done_callback(self._following.discard)

    async def _follow(self, symbol: str) -> None:
        run_id = self._run_id

        def take(batch: Batch[Bar]) -> None:
            known = self._bars.get(symbol)
            if known is None or run_id != self._run_id:
                return
            if batch.fresh:
                known.clear()
            known.extend(entry.value for entry in batch.entries if entry.value.run_id == run_id)
            self._show(older.CHART_DATA, shapes.chart(known), symbol)

        await self._ours.follow(registry.BARS, take, symbol, last=shapes.BARS_SHOWN)

    def _show(self, view: Document[Any], value: Any, part: str = "") -> None:
        self._due[view.name, part] = (view, value)
        self._changed.set()

    async def _write(self) -> None:
        due, self._due = self._due, {}
        for (_, part), (view, value) in due.items():
            try:
                if value is None:
                    await self._kept.delete(view, part)
                else:
                    await self._kept.write(view, value, part)
                    self._work.done(f"view {view.key(part)}")
            except DisconnectedError:
                continue  # written, or deleted, when the link is back
            except ContractError as refused:
                self._log.error("view.refused", key=view.key(part), words=str(refused))
