"""Emulated providers in a thread of their own, which push one made-up market all the time."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

from tests.emulators.alpaca_data import SECRET, AlpacaDataEmulator
from tests.emulators.finnhub import FinnhubEmulator
from tests.emulators.market import MadeUpMarket
from tests.emulators.provider import KEY, ProviderEmulator
from tests.emulators.yahoo import YahooEmulator

from qt_trade.kit.clock import SystemClock
from qt_trade.kit.loop_thread import LoopThread

EVERY_S = 0.2


class Venues:
    """Yahoo, Finnhub and Alpaca on loopback; each can be wrong, go down and come back."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self.symbols = tuple(symbols)
        self.wrong: dict[str, float] = {}
        """By provider: what its prices are multiplied by."""
        self._market = MadeUpMarket(SystemClock())
        self._thread = LoopThread("venues")
        self._ports = {"yahoo": 0, "finnhub": 0, "alpaca": 0}
        self._up: dict[str, ProviderEmulator] = {}
        for name in self._ports:
            self.start(name)
        self._pushing = self._thread.submit(self._push())

    def environment(self) -> dict[str, str]:
        """Return what tells a run where they are, and their keys."""
        found = {}
        for name, emulator in self._up.items():
            prefix = f"QTRADE_PROVIDERS__{name.upper()}"
            found[f"{prefix}__BASE_URL"] = emulator.base_url
            found[f"{prefix}__STREAM_URL"] = emulator.stream_url
            if name != "yahoo":
                found[f"{prefix}__KEY"] = KEY
        found["QTRADE_PROVIDERS__ALPACA__SECRET"] = SECRET
        return found

    def stop(self, name: str) -> None:
        """Let a provider die."""
        self._thread.run(self._up.pop(name).__aexit__(None, None, None))

    def start(self, name: str) -> None:
        """Bring a provider up, at the address it had before."""
        made: dict[str, Any] = {
            "yahoo": YahooEmulator, "finnhub": FinnhubEmulator, "alpaca": AlpacaDataEmulator,
        }  # fmt: skip
        emulator = made[name](port=self._ports[name], market=self._market)
        self._up[name] = self._thread.run(emulator.__aenter__())
        self._ports[name] = int(emulator.base_url.rpartition(":")[2])

    def close(self) -> None:
        """Stop everything."""
        self._pushing.cancel()
        for name in tuple(self._up):
            self.stop(name)
        self._thread.close()

    async def _push(self) -> None:
        while True:
            for name, emulator in tuple(self._up.items()):
                for symbol in self.symbols:
                    price = self._market.price(symbol, SystemClock().now())
                    with contextlib.suppress(ConnectionError):
                        await emulator.push(
                            symbol, price * self.wrong.get(name, 1.0), SystemClock().now()
                        )
            await asyncio.sleep(EVERY_S)
