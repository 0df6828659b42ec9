"""The logs of closed bars: what they must hold is kept here, whatever happens to Redis."""

from collections import deque
from collections.abc import Sequence

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.payloads.market import Bar
from qt_trade.roles.patience import until_answered
from qt_trade.roles.streamer.minutes import Minutes


class BarLogs:
    """One log per symbol: new bars are appended, others put into their place by a new log."""

    def __init__(self, bus: Bus, run_id: str) -> None:
        self._bus = bus
        self._run_id = run_id
        self._kept: dict[str, Minutes] = {}
        self._waiting: deque[Bar] = deque()
        self._rewrite: set[str] = set()
        self._sure = True

    def keeps(self, symbol: str) -> bool:
        """Return whether a symbol's log has been begun."""
        return symbol in self._kept

    async def begin(self, symbol: str, history: Sequence[Bar]) -> None:
        """Put history into a log, on top of what this very run has put there before."""
        there = await until_answered(
            lambda: self._bus.entries(registry.BARS, symbol, last=registry.BARS.cap)
        )
        ours = [entry.value for entry in there if entry.value.run_id == self._run_id]
        minutes = self._kept[symbol] = Minutes(ours, registry.BARS.cap)
        news = [minutes.append(bar) or minutes.put_in_place(bar) for bar in history]
        if any(news) or len(ours) < len(there):
            await until_answered(
                lambda: self._bus.replace(registry.BARS, minutes.in_order(), symbol)
            )

    def add(self, bar: Bar) -> bool:
        """Take a closed bar; return whether there is something to write."""
        kept = self._kept[bar.symbol]
        if kept.append(bar):
            self._waiting.append(bar)
        elif kept.put_in_place(bar):
            self._rewrite.add(bar.symbol)
        else:
            return False  # a restarted streamer plays the overdue minute once more
        return True

    def doubt(self) -> None:
        """Look at what is there before the next write: the server was away."""
        self._sure = False

    async def write(self) -> None:
        """Make the logs hold what they must. Raises DisconnectedError; then call it again."""
        if not self._sure:
            await self._compare()
        while self._rewrite:
            symbol = next(iter(self._rewrite))
            self._waiting = deque(bar for bar in self._waiting if bar.symbol != symbol)
            await self._bus.replace(registry.BARS, self._kept[symbol].in_order(), symbol)
            self._rewrite.discard(symbol)
        while self._waiting:
            self._sure = False
            await self._bus.append(registry.BARS, self._waiting[0], self._waiting[0].symbol)
            self._waiting.popleft()
            self._sure = True

    async def _compare(self) -> None:
        """Find the logs that do not end as they should, or lost their beginning."""
        for symbol, kept in self._kept.items():
            unsent = sum(bar.symbol == symbol for bar in self._waiting)
            expected = kept.in_order()
            expected = expected[: len(expected) - unsent]
            last = await self._bus.entries(registry.BARS, symbol, last=1)
            length = await self._bus.length(registry.BARS, symbol)
            ends_right = [entry.value.at for entry in last] == [bar.at for bar in expected[-1:]]
            if length != len(expected) or not ends_right:
                self._rewrite.add(symbol)
        self._sure = True
