"""The streamer's copy of each symbol's bars: what the logs must hold, whatever happens to them."""

from collections.abc import Iterable

from msgspec.structs import replace

from qt_trade.contract.payloads.market import Bar


class Minutes:
    """One symbol's bars by their start; of two with the same start the later counts."""

    def __init__(self, bars: Iterable[Bar], cap: int) -> None:
        self._cap = cap
        self._bars = {bar.at: bar for bar in bars}
        self._newest = max(self._bars, default=None)

    def __bool__(self) -> bool:
        return bool(self._bars)

    def append(self, bar: Bar) -> bool:
        """Take a bar that comes after all others; return whether it does."""
        if self._newest is not None and bar.at <= self._newest:
            return False
        self._bars[bar.at] = bar
        self._newest = bar.at
        if len(self._bars) > 2 * self._cap:
            self._bars = {kept.at: kept for kept in self.in_order()}
        return True

    def put_in_place(self, late: Bar) -> bool:
        """Take a bar that came late, or better than before; return whether it changes anything."""
        known = self._bars.get(late.at)
        if known is not None and replace(known, ts=late.ts) == late:
            return False
        self._bars[late.at] = late
        return True

    def in_order(self) -> list[Bar]:
        """Return the newest bars, oldest first."""
        return [self._bars[at] for at in sorted(self._bars)[-self._cap :]]
