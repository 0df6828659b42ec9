"""What the naive forecaster says of a session: known before it begins, and the same all day."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from qt_trade.intelligence.scoring.outcomes import naive_up
from qt_trade.market.calendar import Session, Sessions
from qt_trade.model.predictions import HORIZONS_MIN
from qt_trade.model.symbols import Symbol

if TYPE_CHECKING:
    import polars as pl

SESSIONS = 20
"""How many sessions before count."""
QUARTER_MIN = 15
KEPT = 3
"""Of how many sessions it is remembered what was said of them."""
COIN = 0.5


class Quarters(Protocol):
    """Where stored quarters of an hour are read."""

    async def load(
        self, symbols: Collection[Symbol], since: datetime, until: datetime
    ) -> "pl.DataFrame":
        """Return the 15-minute bars that lie in [since, until)."""
        ...


class NaiveForecaster:
    """Says of every symbol and horizon the direction that came more often before the session."""

    def __init__(self, open_quarters: Callable[[], Quarters], sessions: Sessions) -> None:
        self._open_quarters = open_quarters
        self._quarters: Quarters | None = None
        self._sessions = sessions
        self._said: dict[date, dict[tuple[Symbol, int], float]] = {}

    async def of(self, day: date, symbols: Iterable[Symbol]) -> Mapping[tuple[Symbol, int], float]:
        """Return the probabilities of up of a session, 0, 0.5 or 1, by symbol and horizon.

        Raises UnreachableError.
        """
        said = self._said.setdefault(day, {})
        unknown = {name for name in symbols if (name, HORIZONS_MIN[0]) not in said}
        if unknown:
            said |= await self._look_back(day, unknown)
            for old in sorted(self._said)[:-KEPT]:
                del self._said[old]
        return said

    async def _look_back(
        self, day: date, symbols: Collection[Symbol]
    ) -> dict[tuple[Symbol, int], float]:
        closes: dict[Symbol, list[dict[int, float]]] = {name: [] for name in symbols}
        before = self._before(day)
        if before:
            if self._quarters is None:
                # In a thread: polars takes its time to load.
                self._quarters = await asyncio.to_thread(self._open_quarters)
            bars = await self._quarters.load(
                symbols, before[0].open, before[-1].close + timedelta(seconds=1)
            )
            by_session: defaultdict[tuple[Symbol, date], dict[int, float]] = defaultdict(dict)
            columns = bars.drop_nulls("close").select("symbol", "session", "minute", "close")
            for name, session, minute, close in columns.iter_rows():
                by_session[Symbol(name), session][minute // QUARTER_MIN] = close
            for (name, _), one in by_session.items():
                closes[name].append(one)
        return {
            (name, minutes): naive_up(closes[name], minutes // QUARTER_MIN)
            for name in symbols
            for minutes in HORIZONS_MIN
        }

    def _before(self, day: date) -> list[Session]:
        return [one for one in self._sessions.all if one.day < day][-SESSIONS:]
