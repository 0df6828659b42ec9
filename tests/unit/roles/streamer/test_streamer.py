"""The streamer on a real Valkey, fed by a source that does what the test says."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from tests.servers import ServerProcess
from tests.unit.contract.seen import Seen
from tests.unit.roles.parts import ACCOUNT, RUN, eventually, four_days, lose_everything, running
from tests.unit.trading.make import FEED, IBM, WALL, quote

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import market as wire
from qt_trade.kit.clock import Anchor, ManualClock, SystemClock
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    QuoteEvent,
    SourceEvent,
    SourceInfo,
    SourceState,
    StateEvent,
)
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.streamer.service import Streamer, StreamerParts
from qt_trade.roles.work import Work

pytestmark = pytest.mark.asyncio

MINUTE = timedelta(minutes=1)


def bar(minute: int, close: float = 100.0) -> Bar:
    return Bar(
        symbol=IBM, at=FEED + minute * MINUTE, interval_s=60, open=100.0, high=max(100.0, close),
        low=min(100.0, close), close=close, volume=10, bid=None, bid_size=None, ask=None,
        ask_size=None,
    )  # fmt: skip


@dataclass
class Script:
    """A source: its events are put by the test, one after the other."""

    past: Sequence[Bar] = ()
    told: asyncio.Queue[SourceEvent | None] = field(default_factory=asyncio.Queue)

    @property
    def info(self) -> SourceInfo:
        return SourceInfo(FeedKind.REPLAY, "scripted", (IBM,), 60.0, "")

    async def history(self) -> Sequence[Bar]:
        return self.past

    async def events(self) -> AsyncGenerator[SourceEvent, None]:
        while (event := await self.told.get()) is not None:
            yield event

    async def close(self) -> None:
        pass

    def tell(self, *events: SourceEvent) -> None:
        for event in events:
            self.told.put_nowait(event)

    def start(self, feed: datetime = FEED) -> None:
        self.tell(
            ClockEvent(Anchor(WALL, feed, 60.0), "starts"), StateEvent(SourceState.OK, "fine")
        )


@dataclass
class Station:
    """A streamer's surroundings; the streamer itself is started by ``on_air``."""

    url: str
    front: Bus
    wall: ManualClock = field(default_factory=lambda: ManualClock(WALL))
    saved: list[tuple[datetime, bool]] = field(default_factory=list)
    saves: bool = True
    buses: list[Bus] = field(default_factory=list)

    async def save(self, feed_at: datetime, ended: bool) -> bool:  # noqa: FBT001  # as the port has it
        self.saved.append((feed_at, ended))
        return self.saves

    async def streamer(self, script: Script) -> Streamer:
        bus = Bus(self.url, Party.STREAMER, SystemClock(), random.Random(len(self.buses)))
        self.buses.append(bus)
        await bus.open(timeout_s=20.0)
        return Streamer(
            StreamerParts(
                bus=bus, source=script, sessions=four_days(), wall=self.wall, run_id=RUN,
                account=ACCOUNT, canaries_since=WALL, work=Work(self.wall),
                save_progress=self.save,
            )
        )  # fmt: skip

    async def bars(self) -> list[float]:
        entries = await self.front.entries(registry.BARS, IBM, last=100)
        return [entry.value.close for entry in entries]

    async def until_bars(self, *closes: float) -> None:
        async def there() -> bool:
            return await self.bars() == list(closes)

        await eventually(there)

    async def until_status(self, **fields: object) -> wire.MarketStatus:
        found: list[wire.MarketStatus] = []

        async def there() -> bool:
            status = await self.front.read(registry.MARKET_STATUS)
            if status is not None:
                found[:] = [status.value]
            return bool(found) and all(getattr(found[0], k) == v for k, v in fields.items())

        await eventually(there)
        return found[0]


async def open_station(url: str) -> Station:
    front = Bus(url, Party.FRONTEND, SystemClock(), random.Random(99))
    await front.open(timeout_s=20.0)
    return Station(url, front)


@pytest_asyncio.fixture
async def station(redis_url: str) -> AsyncIterator[Station]:
    station = await open_station(redis_url)
    yield station
    for bus in (station.front, *station.buses):
        await bus.close()


def nothing() -> None:
    pass


async def test_quotes_bars_and_state_are_published(station: Station) -> None:
    quotes: Seen[wire.Quote] = Seen()
    await station.front.subscribe(registry.QUOTES, quotes, "*")
    script = Script([bar(0, 90.0)])
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        await station.until_status(feed_words="fine", market_open=True)
        script.tell(QuoteEvent(quote(price=101.0)), BarEvent(bar(1, 101.0)))
        (told,) = await quotes.count(1)
        await station.until_bars(90.0, 101.0)

        async def counted() -> bool:
            data = await station.front.read(registry.MARKET_DATA)
            return data is not None and data.value.quotes_published == 1

        await eventually(counted)
    assert (told.price, told.sequence, told.feed) == (101.0, 1, FeedKind.REPLAY)


async def test_the_source_behind_each_price_is_told(station: Station) -> None:
    """With the watch list, and how much of it has a price."""
    source = Script()
    streamer = await station.streamer(source)
    async with running(streamer.run(nothing)):
        source.start()
        source.tell(QuoteEvent(quote()))

        async def told() -> bool:
            source.tell(StateEvent(SourceState.OK, "still fine"))
            found = await station.front.read(registry.MULTI_API_DATA)
            stats = await station.front.read(registry.MULTI_API_STATS)
            covered = stats is not None and stats.value.tickers_with_data == 1
            return covered and found is not None and IBM in found.value.symbols

        await eventually(told)
        found = await station.front.read(registry.MULTI_API_DATA)
        assert found is not None
        line = found.value.symbols[IBM]
        assert (line.price, line.sources_used, line.market_cap) == (100.0, ("scripted",), None)
        tickers = await station.front.read(registry.DYNAMIC_TICKERS)
        stats = await station.front.read(registry.MULTI_API_STATS)
        assert tickers is not None
        assert stats is not None
        assert tickers.value.symbols == (IBM,)
        assert (stats.value.total_tickers, stats.value.coverage_pct) == (1, 100.0)


async def test_nobody_hears_of_a_clock_before_it_is_the_feeds(station: Station) -> None:
    heard: Seen[Change[wire.MarketStatus]] = Seen()
    await station.front.watch(registry.MARKET_STATUS, heard)
    script = Script([bar(0)])
    async with running((await station.streamer(script)).run(nothing)):
        await station.until_bars(100.0)
        script.start()
        await heard.until(lambda changes: changes[-1].value is not None)
    told = [change.value for change in heard if change.value is not None]
    assert {(status.clock.feed, status.clock.speed) for status in told} == {(FEED, 60.0)}


async def test_states_of_the_source_are_told_at_once(station: Station) -> None:
    script = Script()
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        script.tell(StateEvent(SourceState.NO_DATA, "no network"))
        await station.until_status(feed_state=wire.FeedState.NO_DATA, feed_words="no network")
        script.tell(StateEvent(SourceState.OK, "again"))
        await station.until_status(feed_state=wire.FeedState.OK)


async def test_the_close_is_told_when_it_comes(station: Station) -> None:
    script = Script()
    async with running((await station.streamer(script)).run(nothing)):
        close = FEED.replace(hour=20)
        script.start(close - timedelta(seconds=0.6))
        await station.until_status(market_open=True)
        station.wall.advance(timedelta(seconds=0.011))
        await station.until_status(market_open=False)


async def test_the_end_is_kept_until_it_is_stored(station: Station) -> None:
    """A recording whose end was not noted would be played on from there next time."""
    script = Script()
    station.saves = False
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        script.tell(StateEvent(SourceState.ENDED, "played"), None)  # type: ignore[arg-type]
        await station.until_status(feed_state=wire.FeedState.ENDED)
        await eventually(lambda: (FEED, True) in station.saved)
        station.saves = True
        count = len(station.saved)
        await eventually(lambda: len(station.saved) > count)
    assert station.saved[-1] == (FEED, True)


async def test_bars_wait_while_the_server_is_away(private_valkey: ServerProcess) -> None:
    station = await open_station(private_valkey.url)
    script = Script()
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        script.tell(BarEvent(bar(0, 100.0)))
        await station.until_bars(100.0)
        private_valkey.kill()
        await eventually(lambda: not station.front.link.connected)
        script.tell(*(QuoteEvent(quote(price=float(n))) for n in range(1, 5)))
        script.tell(BarEvent(bar(1, 101.0)), BarEvent(bar(2, 102.0)))
        await eventually(script.told.empty)
        private_valkey.start()
        await station.until_bars(100.0, 101.0, 102.0)
        await station.until_status(feed_words="fine")
    for bus in (station.front, *station.buses):
        await bus.close()


async def test_a_server_that_lost_everything_gets_everything_again(
    station: Station, redis_url: str
) -> None:
    script = Script([bar(0, 90.0), bar(1, 91.0)])
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        script.tell(QuoteEvent(quote()), BarEvent(bar(2, 92.0)))
        await station.until_bars(90.0, 91.0, 92.0)
        await lose_everything(redis_url, station.front)
        script.tell(BarEvent(bar(3, 93.0)))
        await station.until_bars(90.0, 91.0, 92.0, 93.0)
        await station.until_status(feed_words="fine")

        async def summary() -> bool:
            return await station.front.read(registry.MARKET_DATA) is not None

        await eventually(summary)


async def test_late_and_better_bars_are_put_in_place(station: Station) -> None:
    script = Script([bar(0, 90.0)])
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        script.tell(BarEvent(bar(2, 92.0)), BarEvent(bar(1, 91.0)), BarEvent(bar(2, 92.5)))
        await station.until_bars(90.0, 91.0, 92.5)


async def test_a_restart_within_a_run_keeps_bars_and_count(station: Station) -> None:
    """The overdue minute is played again and changes nothing; what was missed is filled in."""
    script = Script([bar(0, 90.0)])
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        script.tell(QuoteEvent(quote()), BarEvent(bar(1, 91.0)))
        await station.until_bars(90.0, 91.0)

        async def counted() -> bool:
            data = await station.front.read(registry.MARKET_DATA)
            return data is not None and data.value.quotes_published == 1

        await eventually(counted)
    again = Script([bar(0, 90.0), bar(1, 91.0), bar(2, 92.0)])
    async with running((await station.streamer(again)).run(nothing)):
        again.start()
        again.tell(BarEvent(bar(2, 92.0)), QuoteEvent(quote()), BarEvent(bar(3, 93.0)))
        await station.until_bars(90.0, 91.0, 92.0, 93.0)

        async def counted_on() -> bool:
            data = await station.front.read(registry.MARKET_DATA)
            return data is not None and data.value.quotes_published == 2

        await eventually(counted_on)


async def test_an_earlier_runs_bars_give_way(station: Station) -> None:
    before = Script([bar(5, 50.0)])
    async with running((await station.streamer(before)).run(nothing)):
        await station.until_bars(50.0)
    entry = (await station.front.entries(registry.BARS, IBM, last=1))[0].value
    old = wire.Bar(**{f: getattr(entry, f) for f in entry.__struct_fields__} | {"run_id": "old"})
    await station.buses[0].replace(registry.BARS, [old], IBM)
    async with running((await station.streamer(Script([bar(0, 90.0)]))).run(nothing)):
        await station.until_bars(90.0)
