"""The emulated Alpaca, run by hand: with a market of its own, or that of a run on this machine."""

import asyncio
import json
import math
import random
import signal
import sys
from pathlib import Path

from tests.emulators.alpaca.server import AlpacaEmulator

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.market import Quote
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.supervision.data_dir import DataDir

HALF_SPREAD = 0.01
LOOK_S = 0.2


class Walk:
    """A random walk of one symbol's price."""

    def __init__(self, name: str) -> None:
        self._rng = random.Random(name)
        self.price = 50.0 + self._rng.random() * 300.0
        self.volume = 0

    def step(self, seconds: float) -> float:
        self.price *= math.exp(self._rng.gauss(0.0, 0.00004 * math.sqrt(seconds)))
        self.volume += self._rng.randint(1, 400)
        return round(self.price, 2)


async def run_by_hand(port: int, folder: Path | None = None) -> None:
    """Serve until interrupted; ``folder``: the data folder of the run whose quotes are its market."""
    async with AlpacaEmulator(port) as alpaca:
        alpaca.book.any_asset = True
        key_id, secret = alpaca.key
        sys.stdout.write(
            f"base_url   {alpaca.base_url}\nstream_url {alpaca.stream_url}\n"
            f"key_id     {key_id}\nsecret     {secret}\n"
        )
        sys.stdout.flush()
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            await (_walk(alpaca) if folder is None else follow(alpaca, folder))
        finally:
            sys.stdout.write(json.dumps(alpaca.book.figures(), indent=1) + "\n")
            sys.stdout.flush()


async def _walk(alpaca: AlpacaEmulator) -> None:
    walks = {name: Walk(name) for name in ("AAPL", "MSFT", "NVDA", "SPY", "BRK.B")}
    while True:
        for name, walk in walks.items():
            price = walk.step(1.0)
            alpaca.quote(name, round(price - HALF_SPREAD, 2), round(price + HALF_SPREAD, 2))
        await asyncio.sleep(1.0)


async def follow(alpaca: AlpacaEmulator, folder: Path) -> None:
    """Give the emulator the quotes of a run as its market, until cancelled."""
    connection = None
    while connection is None:
        await asyncio.sleep(LOOK_S)
        connection = DataDir(folder).read_connection()
    bus = Bus(connection.redis_url, Party.FRONTEND, SystemClock(), random.SystemRandom())
    await bus.open()

    def on_quote(quote: Quote) -> None:
        bid = quote.price - HALF_SPREAD if quote.bid is None else quote.bid
        ask = quote.price + HALF_SPREAD if quote.ask is None else quote.ask
        alpaca.quote(quote.symbol, round(bid, 2), round(ask, 2), quote.bid_size, quote.ask_size)

    try:
        await bus.subscribe(registry.QUOTES, on_quote, "*")
        await asyncio.Event().wait()
    finally:
        await bus.close()
