"""Yahoo for asyncio callers: its blocking client in a thread of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from qt_trade.market.errors import UnreachableError
from qt_trade.market.providers.yahoo_format import VENDOR

if TYPE_CHECKING:
    from qt_trade.market.providers.yahoo_http import YahooClient


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class YahooAccess:
    """Where Yahoo is, and how to behave there.

    ``base_url`` None: Yahoo's own hosts. ``mute_s``: silence on an open stream in market hours that
    counts as broken. ``heartbeat_s``: how often a subscription is repeated, lest it be forgotten.
    ``cache_dir``: where yfinance keeps cookies; None leaves it its own place.
    """

    base_url: str | None = None
    stream_url: str = "wss://streamer.finance.yahoo.com/?version=2"
    timeout_s: float = 10.0
    mute_s: float = 30.0
    heartbeat_s: float = 15.0
    cache_dir: str | None = None


class YahooThread:
    """Does one thing at a time with the client, which it makes when it is first needed."""

    def __init__(self, access: YahooAccess) -> None:
        self._access = access
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="yahoo")
        self._client: YahooClient | None = None
        self._closed = False

    async def ask(self, question: "Callable[[YahooClient], T]") -> T:
        """Return what the client answers. Raises a MarketDataError."""
        if self._closed:
            raise UnreachableError(VENDOR, "it is no longer asked")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: question(self._opened()))

    async def close(self) -> None:
        """Let go of thread and connections; a request under way is left to its time-out."""
        if not self._closed:
            self._closed = True
            if self._client is not None:
                self._client.stop()
            self._thread.submit(self._close_client)  # in its own thread: curl handles stay there
            self._thread.shutdown(wait=False)

    def _close_client(self) -> None:
        if self._client is not None:
            self._client.close()

    def _opened(self) -> "YahooClient":
        if self._client is None:
            from qt_trade.market.providers.yahoo_http import (  # noqa: PLC0415 - takes 2.5 s
                YahooClient,
            )

            access = self._access
            self._client = YahooClient(access.base_url, access.timeout_s, access.cache_dir)
        return self._client
