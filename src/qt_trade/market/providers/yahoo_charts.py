"""One-minute bars from Yahoo's charts for asyncio callers, slowly enough not to be shut out."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qt_trade.kit.clock import Clock
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol

if TYPE_CHECKING:
    from qt_trade.market.providers.yahoo_http import ChartClient


@dataclass(frozen=True, slots=True)
class YahooAccess:
    """Where Yahoo is, and how to behave there.

    ``base_url`` None: Yahoo's own hosts. ``pause_s`` between two chart requests: house rule, two a
    second at most. ``mute_s``: silence on an open stream in market hours that counts as broken.
    ``cache_dir``: where yfinance keeps cookies; None leaves it its own place.
    """

    base_url: str | None = None
    stream_url: str = "wss://streamer.finance.yahoo.com/?version=2"
    timeout_s: float = 10.0
    pause_s: float = 0.5
    mute_s: float = 30.0
    heartbeat_s: float = 15.0
    refresh_s: float = 300.0
    cache_dir: str | None = None


class YahooCharts:
    """Asks for bars, one symbol at a time, in a thread of its own."""

    def __init__(self, access: YahooAccess, wall: Clock) -> None:
        self._access = access
        self._wall = wall
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="yahoo-charts")
        self._client: ChartClient | None = None
        self._closed = False

    async def minutes(self, symbol: Symbol, period: str = "1d") -> list[Bar]:
        """Return the closed bars of the last ``5d`` or ``1d``. Raises a MarketDataError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._ask, symbol, period)

    async def close(self) -> None:
        """Let go of thread and connections; a request under way is left to its time-out."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._close_client)  # in its own thread: curl handles stay there
            self._thread.shutdown(wait=False)

    def _ask(self, symbol: Symbol, period: str) -> list[Bar]:
        return self._opened().minutes(symbol, period, self._wall.now())

    def _close_client(self) -> None:
        if self._client is not None:
            self._client.close()

    def _opened(self) -> "ChartClient":
        if self._client is None:
            from qt_trade.market.providers.yahoo_http import (  # noqa: PLC0415 - takes 2.5 s
                ChartClient,
            )

            access = self._access
            self._client = ChartClient(access.base_url, access.timeout_s, access.cache_dir)
        return self._client
