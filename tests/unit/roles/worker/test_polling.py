"""Two workers that poll one provider on real servers: each symbol is asked for once in a slot."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.emulators.finnhub import FinnhubEmulator
from tests.emulators.market import Fault
from tests.emulators.provider import KEY
from tests.servers import ServerProcess
from tests.unit.roles.parts import ACCOUNT, RUN, eventually, four_days

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import market as wire
from qt_trade.contract.payloads import sources as told
from qt_trade.contract.payloads.sources import ProviderQuotes
from qt_trade.contract.payloads.watch_list import (
    DynamicTickers,
    Ticker,
    TickerOrigin,
    TickerState,
)
from qt_trade.contract.quotas import RedisQuotas
from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.market.provider import Access, Provider, ProviderKit, QuoteBatch
from qt_trade.market.providers import finnhub
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.data.polling import Polling
from qt_trade.roles.worker.data.sources import Sources

pytestmark = pytest.mark.asyncio

AT = datetime(2013, 10, 4, 15, 0, tzinfo=UTC)
"""While it trades."""
FIVE = timedelta(minutes=5)
STAMP: dict[str, Any] = {"ts": AT, "source": "test", "feed": FeedKind.REAL_TIME}
KNOWN = ("AAPL", "BRK.B", "IBM", "MSFT", "NVDA", "SPY")


def status(symbols: tuple[str, ...]) -> wire.MarketStatus:
    """Return what the streamer announces."""
    close = AT.replace(hour=20)
    return wire.MarketStatus(
        **STAMP, run_id=RUN, account=ACCOUNT,
        clock=wire.FeedClock(
            wall=AT, feed=AT, speed=1.0, quote_interval_s=1.0, stale_after_s=30.0
        ),
        market_open=True, market_session=wire.MarketSession.OPEN, words="", current_time_et="",
        trading_day=True, early_close=False, next_open=close + timedelta(hours=17, minutes=30),
        next_close=close, feed_state=wire.FeedState.OK, feed_words="", feed_since=AT,
        feed_source="test", symbols=symbols,
    )  # fmt: skip


class Broken(Provider):
    """A provider with a slip in it."""

    async def quotes(self, symbols: Iterable[Symbol]) -> QuoteBatch:
        raise ZeroDivisionError


@dataclass
class Tower:
    """A streamer, its clock and the workers."""

    redis_url: str
    emulator: FinnhubEmulator
    clock: ManualClock
    streamer: Bus
    workers: list[Polling] = field(default_factory=list)
    buses: list[Bus] = field(default_factory=list)

    async def worker(self, *broken: str) -> Polling:
        """Start one more."""
        bus = Bus(self.redis_url, Party.WORKER, SystemClock(), random.Random(len(self.workers)))
        await bus.open(timeout_s=20.0)
        self.buses.append(bus)
        feed_time = FeedTime(RUN, self.clock)
        await feed_time.follow(bus)
        await feed_time.known.wait()
        ledger = RedisQuotas(self.redis_url)
        kit = ProviderKit(
            access=Access(key=KEY, base_url=self.emulator.base_url),
            plan=finnhub.SPEC.plan(""),
            ledger=ledger,
            wall=self.clock,
            sleep=asyncio.sleep,
            rng=random.Random(1),
            may_be_mute=lambda: True,
        )
        providers: dict[str, Provider] = {"finnhub": finnhub.SPEC.make(kit)}
        providers |= {name: Broken(finnhub.SPEC, kit) for name in broken}
        polling = Polling(
            bus, Sources(ledger, providers, providers), four_days(), feed_time, self.clock, FIVE
        )
        self.workers.append(polling)
        return polling

    async def slot(self) -> None:
        """Let all workers begin the slot, and wait for its end."""
        for one in self.workers:
            one.begin()
        await asyncio.gather(*(one.ended() for one in self.workers))

    async def told(self) -> ProviderQuotes:
        """Return the document."""
        found = await self.streamer.read(registry.PROVIDER_QUOTES, "finnhub")
        assert found is not None
        return found.value

    async def close(self) -> None:
        """Stop all."""
        for one in self.workers:
            await one.close()
        for bus in (*self.buses, self.streamer):
            await bus.close()


@pytest_asyncio.fixture
async def tower(redis_url: str) -> AsyncIterator[Tower]:
    """Everything but the workers; six symbols that exist and one that does not are watched."""
    clock = ManualClock(AT)
    async with FinnhubEmulator(clock) as emulator:
        streamer = Bus(redis_url, Party.STREAMER, SystemClock(), random.Random(9))
        await streamer.open(timeout_s=20.0)
        await streamer.write(registry.MARKET_STATUS, status((*KNOWN, "NOPE")))
        tower = Tower(redis_url, emulator, clock, streamer)
        yield tower
        await tower.close()


def tickers(**origins: TickerOrigin) -> DynamicTickers:
    """Return a watch list."""
    return DynamicTickers(
        **STAMP,
        run_id=RUN,
        symbols=tuple(origins),
        tickers={
            name: Ticker(name="", origins=(origin,), state=TickerState.POLLED, words="")
            for name, origin in origins.items()
        },
        refused={},
        words="",
    )


async def test_two_workers_ask_for_each_symbol_once_in_a_slot(tower: Tower) -> None:
    """One of them takes the slot; both see its answers; the next slot is asked anew."""
    await tower.worker()
    await tower.worker()
    await tower.slot()
    assert tower.emulator.hits["/quote"] == 7
    first = await tower.told()
    assert set(first.quotes) == set(KNOWN)
    assert first.quotes["AAPL"].price == tower.emulator.tick("AAPL").price
    assert first.silent == {"NOPE": "Finnhub does not know NOPE"}
    assert (first.provider, first.run_id, first.round_ended) == ("finnhub", RUN, AT)
    await tower.slot()
    assert tower.emulator.hits["/quote"] == 7
    tower.clock.advance(FIVE)
    await tower.slot()
    # Who does not exist is not asked for again.
    assert tower.emulator.hits["/quote"] == 13
    second = await tower.told()
    assert second.quotes["AAPL"].at == AT + FIVE
    assert second.silent == first.silent


async def test_a_worker_that_starts_anew_knows_whose_turn_it_is(tower: Tower) -> None:
    """Budgets, turns and answers are shared, and outlive each worker."""
    await (await tower.worker()).close()
    await tower.worker()
    del tower.workers[0]
    await tower.slot()
    await tower.worker()
    await tower.slot()
    assert tower.emulator.hits["/quote"] == 7


async def test_the_watch_list_is_followed_and_what_is_streamed_is_not_asked_for(
    tower: Tower,
) -> None:
    """What left the list leaves the document; a stream's symbol costs no question."""
    await tower.worker()
    await tower.slot()
    await tower.streamer.write(
        registry.DYNAMIC_TICKERS, tickers(AAPL=TickerOrigin.POSITION, IBM=TickerOrigin.USER)
    )
    await tower.streamer.write(registry.MULTI_API_DATA, evidence("IBM"))
    tower.emulator.hits.clear()
    tower.clock.advance(FIVE)
    await tower.slot()
    assert tower.emulator.hits["/quote"] == 1
    assert set((await tower.told()).quotes) == {"AAPL"}


def evidence(streamed: str) -> told.MultiApiEnhancedData:
    """Return a document that says that Finnhub streams one symbol."""
    source = told.SourcePrice(
        price=10.0, at=AT, age_s=0.0, deviation_bp=0.0, timeliness=told.Timeliness.REAL_TIME,
        verdict=told.SourceVerdict.USED, left_out="", streamed=True,
    )  # fmt: skip
    nothing = dict.fromkeys(
        (
            "open", "high", "low", "previous_close", "change", "change_pct", "volume", "bid",
            "ask", "dispersion_bp", "agreed_pct", "longest_gap_s", "longest_gap_at", "market_cap",
            "pe_ratio",
        )
    )  # fmt: skip
    symbol = told.EnhancedSymbol(
        price=10.0, book_source="", primary_source="finnhub", sources_count=1,
        sources_used=("finnhub",), sources={"finnhub": source}, quorum=1, doubt="", halted=False,
        timestamp=AT, **nothing,
    )  # fmt: skip
    return told.MultiApiEnhancedData(**STAMP, run_id=RUN, feed_ts=AT, symbols={streamed: symbol})


async def test_nothing_is_asked_at_night_and_it_is_said_why(tower: Tower) -> None:
    """The document says it once; it is not written again every five minutes."""
    tower.clock.set(AT.replace(hour=23))
    await tower.worker()
    await tower.slot()
    assert not tower.emulator.hits
    first = await tower.told()
    assert set(first.silent.values()) == {"it is asked while the exchange trades"}
    tower.clock.advance(FIVE)
    await tower.slot()
    assert await tower.told() == first


async def test_answers_are_told_while_the_round_goes_on(tower: Tower) -> None:
    """One call that hangs holds back nobody's price; giving up leaves nothing behind."""
    worker = await tower.worker()
    tower.emulator.fail(Fault.DELAY)
    worker.begin()

    async def told_of_others() -> bool:
        found = await tower.streamer.read(registry.PROVIDER_QUOTES, "finnhub")
        return found is not None and len(found.value.quotes) + len(found.value.silent) == 7

    # The one that hangs has the words of who was never asked.
    await eventually(told_of_others)
    await worker.close()


async def test_one_providers_slip_stops_neither_the_others_nor_the_next_slot(tower: Tower) -> None:
    """It is logged, and the others are asked."""
    await tower.worker("broken")
    await tower.slot()
    tower.clock.advance(FIVE)
    await tower.slot()
    assert (await tower.told()).round_ended == AT + FIVE


async def test_a_dead_provider_leaves_the_last_prices_and_rests(tower: Tower) -> None:
    """After five failures in a row nobody asks it; the document keeps what it said."""
    await tower.worker()
    await tower.slot()
    tower.emulator.fail_always(Fault.ERROR_500)
    tower.emulator.hits.clear()
    tower.clock.advance(FIVE)
    await tower.slot()
    # Eight leave at once: those under way by the fifth failure are made.
    assert tower.emulator.hits["/quote"] == 6
    assert {quote.at for quote in (await tower.told()).quotes.values()} == {AT}
    tower.clock.advance(timedelta(seconds=1))
    ledger = RedisQuotas(tower.redis_url)
    assert await ledger.take("finnhub", (), 1, tower.clock.now()) > timedelta()
    await ledger.close()


async def test_the_slot_after_an_outage_is_asked_again(private_valkey: ServerProcess) -> None:
    """While Redis is away nobody is asked, for nobody counts."""
    clock = ManualClock(AT)
    async with FinnhubEmulator(clock) as emulator:
        streamer = Bus(private_valkey.url, Party.STREAMER, SystemClock(), random.Random(9))
        await streamer.open(timeout_s=20.0)
        await streamer.write(registry.MARKET_STATUS, status(KNOWN))
        tower = Tower(private_valkey.url, emulator, clock, streamer)
        await tower.worker()
        private_valkey.kill()
        await tower.slot()
        assert not emulator.hits
        private_valkey.start()
        await eventually(lambda: tower.buses[0].link.connected and streamer.link.connected)
        clock.advance(FIVE)
        await tower.slot()
        assert emulator.hits["/quote"] == len(KNOWN)
        await tower.close()
