"""Writes through the bus, and beside each the same commands through bare sockets."""

import asyncio
import time
from collections.abc import Sequence

from qt_trade.bench.floor import BareLine
from qt_trade.bench.payloads import quote, settings
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.codec import Codec
from qt_trade.contract.payloads.market import Quote
from qt_trade.contract.payloads.trading import TradingSettings
from qt_trade.contract.scripts import WRITE

DOCUMENT = registry.TRADING_SETTINGS
FLOOR_KEYS = (b"bench:floor", b"rev:bench:floor")
SYMBOLS = tuple(f"S{number}" for number in range(500))


def document_size() -> int:
    """Return the bytes of the document that is written."""
    return len(Codec(DOCUMENT).encode(settings(0)))


async def watched_writes(writer: Bus, watcher: Bus, count: int) -> list[float]:
    """Return in ms how long each write took from the call to the decoded object in a watcher."""
    arrived = asyncio.Event()
    arrived_at = 0

    def note(_change: Change[TradingSettings]) -> None:
        nonlocal arrived_at
        arrived_at = time.perf_counter_ns()
        arrived.set()

    topic = await watcher.watch(DOCUMENT, note)
    await arrived.wait()
    times = []
    for number in range(count):
        value = settings(number)
        arrived.clear()
        started = time.perf_counter_ns()
        await writer.write(DOCUMENT, value)
        await arrived.wait()
        times.append((arrived_at - started) / 1e6)
    await watcher.unwatch(topic)
    return times


def bare_watched_writes(url: str, count: int) -> list[float]:
    """Return the same for bare sockets: one sends the script's call, one has subscribed."""
    body = Codec(DOCUMENT).encode(settings(0))
    times = []
    with BareLine(url) as writer, BareLine(url) as watcher:
        call = _floor_call(writer, body)
        watcher.call(b"SUBSCRIBE", FLOOR_KEYS[0])
        for _ in range(count):
            started = time.perf_counter_ns()
            writer.send(*call)
            watcher.receive()
            times.append((time.perf_counter_ns() - started) / 1e6)
            writer.receive()
    return times


async def documents_per_s(writer: Bus, count: int) -> float:
    """Return how many documents one writer writes in a second when he does not wait for each."""
    values = [("", settings(number)) for number in range(count)]
    started = time.perf_counter()
    await writer.write_many(DOCUMENT, values)
    return count / (time.perf_counter() - started)


def bare_documents_per_s(url: str, count: int) -> float:
    """Return the same for a raw pipeline of the script's calls."""
    body = Codec(DOCUMENT).encode(settings(0))
    with BareLine(url) as writer:
        call = _floor_call(writer, body)
        started = time.perf_counter()
        writer.call_all([call] * count)
        return count / (time.perf_counter() - started)


async def quotes_per_s(writer: Bus, count: int) -> float:
    """Return how many quotes one writer publishes in a second, a lot of all symbols at a time."""
    lots = _lots(count)
    started = time.perf_counter()
    for lot in lots:
        await writer.publish_many(registry.QUOTES, lot)
    return sum(map(len, lots)) / (time.perf_counter() - started)


def bare_quotes_per_s(url: str, count: int) -> float:
    """Return the same for a raw pipeline of PUBLISH, of quotes encoded before."""
    encode = Codec(registry.QUOTES).encode
    quotes = [
        (b"PUBLISH", b"quotes:" + name.encode(), encode(one))
        for lot in _lots(count)
        for name, one in lot
    ]
    with BareLine(url) as writer:
        started = time.perf_counter()
        writer.call_all(quotes)
        return len(quotes) / (time.perf_counter() - started)


def _lots(count: int) -> Sequence[Sequence[tuple[str, Quote]]]:
    rounds = max(1, count // len(SYMBOLS))
    return [[(name, quote(name, number)) for name in SYMBOLS] for number in range(rounds)]


def _floor_call(line: BareLine, body: bytes) -> tuple[bytes, ...]:
    sha: bytes = line.call(b"SCRIPT", b"LOAD", WRITE.text.encode())
    return (b"EVALSHA", sha, b"2", *FLOOR_KEYS, body, b"", b"")
