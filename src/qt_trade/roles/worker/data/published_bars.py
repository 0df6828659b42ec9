"""The closed minutes that the streamer has published: read, waited for, and stored."""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Bus
from qt_trade.contract.payloads.market import Bar as BarPayload
from qt_trade.model.bars import Bar
from qt_trade.roles.bars import bar_of

LATE_S_MAX = 2.0
LATE_S_MIN = 0.25
"""How long (wall) the minute that has just ended is waited for: a minute of feed time within these
bounds. The streamer tells it when the first quote after it has come."""
ASKED_MAX = 5
"""So many symbols are waited for: following the logs of all would cost more than it tells."""


class BarMemory(Protocol):
    """Where bars of this run's feed are kept."""

    async def save_bars(self, bars: list[Bar]) -> int:
        """Store bars, idempotently, and return how many were new or better."""
        ...


class PublishedBars:
    """A run's minutes. Stored are those published since the last time, corrected ones included."""

    def __init__(self, bus: Bus, store: BarMemory, run_id: str) -> None:
        self._bus = bus
        self._store = store
        self._run_id = run_id
        self._stored_to: dict[str, datetime] = {}

    async def read(self, symbol: str) -> list[BarPayload]:
        """Return what is published of a symbol, oldest first."""
        entries = await self._bus.entries(registry.BARS, symbol, last=registry.BARS.cap)
        return [entry.value for entry in entries if entry.value.run_id == self._run_id]

    async def until(self, moment: datetime, symbols: Collection[str], speed: float) -> None:
        """Wait a little for the minute that ends at a moment (feed time), and no longer."""
        waited, ended = set(tuple(symbols)[:ASKED_MAX]), asyncio.Event()

        def hear(batch: Batch[BarPayload]) -> None:
            bars = (entry.value for entry in batch.entries)
            waited.difference_update(bar.symbol for bar in bars if self._ends(bar, moment))
            if not waited:
                ended.set()

        topics = [
            await self._bus.follow(registry.BARS, hear, symbol, last=1) for symbol in tuple(waited)
        ]
        try:
            # In vain where nobody traded, or the feed is mute: what there is counts.
            with suppress(TimeoutError):
                async with asyncio.timeout(min(LATE_S_MAX, max(LATE_S_MIN, 60.0 / speed))):
                    await ended.wait()
        finally:
            for topic in topics:
                await self._bus.unwatch(topic)

    async def store(self, bars: Iterable[BarPayload]) -> tuple[int, int]:
        """Store what is new; return how many bars changed something, of how many."""
        new = [bar for bar in bars if self._is_new(bar)]
        changed = await self._store.save_bars([bar_of(payload) for payload in new])
        for bar in new:
            self._stored_to[bar.symbol] = max(bar.ts, self._stored_to.get(bar.symbol, bar.ts))
        return changed, len(new)

    def _is_new(self, bar: BarPayload) -> bool:
        last = self._stored_to.get(bar.symbol)
        return last is None or bar.ts > last

    def _ends(self, bar: BarPayload, moment: datetime) -> bool:
        ends = bar.at + timedelta(seconds=bar.interval_s)
        return bar.run_id == self._run_id and ends >= moment
