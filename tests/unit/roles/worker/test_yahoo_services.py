"""Workers that ask an emulated Yahoo on a real server for what is watched."""

import asyncio
import math
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.emulators.market import NEW_YORK, Fault, MadeUpMarket
from tests.emulators.yahoo import MadeSplit, YahooEmulator
from tests.unit.market.walls import SleepingWall
from tests.unit.roles.parts import ACCOUNT, RUN

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import market as wire
from qt_trade.contract.payloads.sources import YFinance, YFinanceEnhanced
from qt_trade.contract.payloads.watch_list import DynamicTickers
from qt_trade.contract.quotas import RedisQuotas
from qt_trade.kit.clock import SystemClock
from qt_trade.market.calendar import Sessions, load_sessions
from qt_trade.market.provider import Access, ProviderKit
from qt_trade.market.providers import yahoo as yahoo_provider
from qt_trade.market.providers.yahoo import Yahoo
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.data.yahoo_services import YahooAsked, YahooParts, YahooServices

pytestmark = pytest.mark.asyncio

OPEN = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
"""Monday, 11:00 in New York."""
CLOSED = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
AAPL, MSFT, BRK, NOPE = (Symbol(name) for name in ("AAPL", "MSFT", "BRK.B", "NOPE"))
CHART = "/v8/finance/chart/"


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return load_sessions(date(2026, 1, 1), date(2026, 12, 31))


def stamp(feed: FeedKind) -> dict[str, Any]:
    return {"ts": OPEN, "source": "test", "feed": feed}


def status(feed: FeedKind, *symbols: str) -> wire.MarketStatus:
    """Return what the streamer announces."""
    return wire.MarketStatus(
        **stamp(feed), run_id=RUN, account=ACCOUNT,
        clock=wire.FeedClock(
            wall=OPEN, feed=OPEN, speed=1.0, quote_interval_s=1.0, stale_after_s=30.0
        ),
        market_open=True, market_session=wire.MarketSession.OPEN, words="", current_time_et="",
        trading_day=True, early_close=False, next_open=None, next_close=CLOSED,
        feed_state=wire.FeedState.OK, feed_words="", feed_since=OPEN, feed_source="test",
        symbols=symbols,
    )  # fmt: skip


@dataclass
class House:
    """A streamer, an emulated Yahoo and the workers, all by one wall that moves by sleeping."""

    redis_url: str
    emulator: YahooEmulator
    wall: SleepingWall
    sessions: Sessions
    folder: Path
    streamer: Bus
    buses: list[Bus] = field(default_factory=list)
    workers: list[YahooServices] = field(default_factory=list)
    providers: list[Yahoo] = field(default_factory=list)
    ledgers: list[RedisQuotas] = field(default_factory=list)

    async def worker(self, *, asks: bool = True) -> YahooServices:
        """Start one more."""
        bus = Bus(self.redis_url, Party.WORKER, SystemClock(), random.Random(len(self.workers)))
        await bus.open(timeout_s=20.0)
        self.buses.append(bus)
        feed_time = FeedTime(RUN, self.wall)
        await feed_time.follow(bus)
        await feed_time.known.wait()
        ledger = RedisQuotas(self.redis_url)
        self.ledgers.append(ledger)
        spec = yahoo_provider.SPEC
        made = spec.make(
            ProviderKit(
                access=Access(base_url=self.emulator.base_url, cache_dir=self.folder),
                plan=spec.plan(""),
                ledger=ledger,
                wall=self.wall,
                sleep=self.wall.sleep,
                rng=random.Random(1),
                may_be_mute=lambda: True,
            )
        )
        assert isinstance(made, Yahoo)
        self.providers.append(made)
        asked = YahooAsked(made, ledger, self.sessions) if asks else None
        parts = YahooParts(bus, asked, feed_time, self.wall, self.wall.sleep, FIVE, "it is off")
        self.workers.append(YahooServices(parts))
        return self.workers[-1]

    async def announce(self, feed: FeedKind, *symbols: str) -> None:
        """Let the streamer say which feed this is, and what is watched."""
        await self.streamer.write(registry.MARKET_STATUS, status(feed, *symbols))

    async def watch(self, *symbols: str) -> None:
        """Put a watch list in force."""
        document = DynamicTickers(
            **stamp(FeedKind.REAL_TIME), run_id=RUN, symbols=symbols, tickers={}, refused={},
            words="",
        )  # fmt: skip
        await self.streamer.write(registry.DYNAMIC_TICKERS, document)

    async def prices(self) -> None:
        """Let all workers have a round of prices."""
        for one in self.workers:
            one.quotes()
        await asyncio.gather(*(one.ended() for one in self.workers))

    async def years(self) -> None:
        """Let all workers have a round of years."""
        for one in self.workers:
            one.studies()
        await asyncio.gather(*(one.ended() for one in self.workers))

    async def price(self, symbol: Symbol) -> YFinance:
        found = await self.streamer.read(registry.YFINANCE, symbol)
        assert found is not None
        return found.value

    async def year(self, symbol: Symbol) -> YFinanceEnhanced:
        found = await self.streamer.read(registry.YFINANCE_ENHANCED, symbol)
        assert found is not None
        return found.value

    def asked(self, symbol: Symbol) -> int:
        """Return how often a symbol's charts were asked for."""
        return self.emulator.hits[CHART + symbol.replace(".", "-")]

    async def close(self) -> None:
        """Stop all."""
        closing = (*self.workers, *self.providers, *self.ledgers, *self.buses, self.streamer)
        for one in closing:
            await one.close()


@pytest_asyncio.fixture
async def house(
    redis_url: str, sessions: Sessions, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """Everything but the workers."""
    wall = SleepingWall(OPEN)
    async with YahooEmulator(wall, market=MadeUpMarket(wall)) as emulator:
        streamer = Bus(redis_url, Party.STREAMER, SystemClock(), random.Random(9))
        await streamer.open(timeout_s=20.0)
        folder = tmp_path_factory.mktemp("yfinance")
        house = House(redis_url, emulator, wall, sessions, folder, streamer)
        await house.announce(FeedKind.REAL_TIME, AAPL, BRK)
        yield house
        await house.close()


async def test_a_price_is_told_with_its_recent_days(house: House) -> None:
    """One request a symbol; the days are closed ones, the last of them is the previous close."""
    await house.worker()
    await house.prices()
    told = await house.price(BRK)
    market = house.emulator.market
    assert told.price is not None
    assert told.price == pytest.approx(market.price("BRK.B", OPEN), rel=0.01)
    assert told.bars[-1].date.astimezone(NEW_YORK).date() == date(2026, 11, 20)
    assert told.previous_close == told.bars[-1].close
    assert len(told.bars) > 25
    assert "adjusted for splits" in told.words
    assert (told.feed, told.symbol) == (FeedKind.REAL_TIME, "BRK.B")
    assert (house.asked(AAPL), house.asked(BRK)) == (1, 1)


async def test_a_year_is_told_with_indicators_company_and_news(house: House) -> None:
    """Every day of the year has its long average: what lies before was asked for as well."""
    split = date(2026, 6, 15)
    house.emulator.splits["AAPL"] = [MadeSplit(split, 4)]
    await house.worker()
    await house.years()
    told = await house.year(AAPL)
    assert told.data_points == len(told.historical_data) == 257
    first, last = told.historical_data[0], told.historical_data[-1]
    assert first.date >= OPEN - timedelta(days=365)
    assert last.date.astimezone(NEW_YORK).date() == date(2026, 11, 20)
    for day in told.historical_data:
        row = msgspec.structs.asdict(day)
        values = [value for name, value in row.items() if name != "date"]
        assert all(value is not None and math.isfinite(value) for value in values)
        assert 0 <= (day.rsi or 0.0) <= 100
        assert (day.bb_lower or 0.0) < (day.sma_20 or 0.0) < (day.bb_upper or 0.0)
    closes = [day.close for day in told.historical_data[-20:]]
    assert last.sma_20 == pytest.approx(sum(closes) / 20, abs=1e-6)
    # As if every share had been one of today's: nothing steps where they were split.
    before = [day for day in told.historical_data if day.date.date() < split]
    market = house.emulator.market
    row = market.bars("AAPL", 86_400, before[-1].date, before[-1].date + timedelta(hours=1))[0]
    assert before[-1].close == pytest.approx(row.close, rel=1e-5)
    assert before[-1].volume == row.volume
    assert told.fundamentals is not None
    assert (told.fundamentals.sector, told.fundamentals.peg_ratio) == ("Technology", 2.23)
    assert told.news[0].title == "AAPL denies it"
    assert told.words.endswith("adjusted for splits, not for dividends")


async def test_a_year_is_told_once_a_day_after_the_close(house: House) -> None:
    """And at once for a symbol that is new."""
    await house.watch(AAPL)
    await house.worker()
    await house.years()
    await house.years()
    assert house.asked(AAPL) == 1
    await house.watch(AAPL, MSFT)
    await house.years()
    assert (house.asked(AAPL), house.asked(MSFT)) == (1, 1)
    house.wall.set(CLOSED + timedelta(minutes=19))
    await house.years()
    assert house.asked(AAPL) == 1
    house.wall.set(CLOSED + timedelta(minutes=21))
    await house.years()
    assert (house.asked(AAPL), house.asked(MSFT)) == (2, 2)
    last = (await house.year(AAPL)).historical_data[-1]
    assert last.date.astimezone(NEW_YORK).date() == date(2026, 11, 23)
    house.wall.advance(timedelta(hours=8))
    await house.years()
    assert house.asked(AAPL) == 2


async def test_another_process_does_not_ask_for_what_is_there(house: House) -> None:
    """After a restart the documents say what is whole."""
    await house.worker()
    await house.years()
    first = house.workers.pop()
    await first.close()
    house.wall.advance(timedelta(hours=2))
    await house.worker()
    await house.years()
    assert house.asked(AAPL) == 1


async def test_two_workers_never_do_the_same(house: House) -> None:
    """In a slot each price is asked for once, and each year once."""
    await house.worker()
    await house.worker()
    await house.prices()
    await house.years()
    assert (house.asked(AAPL), house.asked(BRK)) == (2, 2)
    assert house.emulator.hits["/xhr/ncp"] == 2


async def test_prices_are_told_in_market_hours_and_once_after(house: House) -> None:
    """At night nothing changes, so nobody asks."""
    await house.watch(AAPL)
    await house.worker()
    for minute, asked in ((0, 1), (5, 2), (10, 3)):
        house.wall.set(OPEN + timedelta(minutes=minute))
        await house.prices()
        assert house.asked(AAPL) == asked
    for minute, asked in ((25, 4), (30, 4), (600, 4)):
        house.wall.set(CLOSED + timedelta(minutes=minute))
        await house.prices()
        assert house.asked(AAPL) == asked
    house.wall.set(OPEN + timedelta(days=1))
    await house.prices()
    assert house.asked(AAPL) == 5


async def test_the_oldest_price_comes_first_where_there_are_too_many(house: House) -> None:
    """Within five minutes there is time for 75; the others have the next turn."""
    many = [f"ZZ{letter}{n}" for letter in "ABCDEFGHIJKLM" for n in range(10)]
    house.emulator.market.names |= dict.fromkeys(many, "A made-up company")
    await house.watch(*many)
    await house.worker()
    began = house.wall.now()
    await house.prices()
    assert house.wall.now() - began < timedelta(minutes=5, seconds=10)
    asked = [name for name in many if house.asked(Symbol(name))]
    assert 65 <= len(asked) <= 75
    house.wall.set(began + FIVE)
    await house.prices()
    assert all(house.asked(Symbol(name)) for name in many)
    assert house.emulator.hits["429"] == 0


async def test_a_symbol_nobody_knows_is_said_to_be_one(house: House) -> None:
    """It is not asked for again that day."""
    await house.watch(NOPE)
    await house.worker()
    await house.prices()
    await house.years()
    assert (await house.price(NOPE)).words == "Yahoo does not know NOPE"
    year = await house.year(NOPE)
    assert (year.data_points, year.fundamentals, year.words) == (
        0,
        None,
        "Yahoo does not know NOPE",
    )
    asked = house.asked(NOPE)
    house.wall.advance(timedelta(hours=2))
    await house.years()
    assert house.asked(NOPE) == asked


async def test_a_year_without_its_company_says_why(house: House) -> None:
    """What is missing is in words; what was told before stays until there is something new."""
    house.emulator.recorded["/v10/finance/quoteSummary/AAPL"] = (500, "down")
    await house.watch(AAPL)
    await house.worker()
    await house.years()
    told = await house.year(AAPL)
    assert told.fundamentals is None
    assert told.data_points == 257
    assert "company figures: Yahoo cannot be reached: its server answers HTTP 500" in told.words
    del house.emulator.recorded["/v10/finance/quoteSummary/AAPL"]
    house.wall.set(CLOSED + timedelta(minutes=30))
    await house.years()
    assert (await house.year(AAPL)).fundamentals is not None
    house.emulator.recorded["/v10/finance/quoteSummary/AAPL"] = (500, "down")
    house.wall.set(CLOSED + timedelta(days=1, minutes=30))
    await house.years()
    told = await house.year(AAPL)
    assert told.fundamentals is not None
    assert "HTTP 500" in told.words


async def test_a_limit_ends_the_round_and_the_next_goes_on(house: House) -> None:
    """Nobody is asked for the others meanwhile; what was told before stays."""
    await house.worker()
    await house.prices()
    before = await house.price(AAPL)
    house.emulator.fail_always(Fault.RATE_LIMIT)
    house.wall.advance(FIVE)
    await house.prices()
    assert house.asked(AAPL) + house.asked(BRK) == 3
    assert await house.price(AAPL) == before
    house.emulator.fail_always(None)
    house.wall.advance(FIVE)
    await house.prices()
    assert (await house.price(AAPL)).ts > before.ts


async def test_a_first_price_that_cannot_be_had_says_why(house: House) -> None:
    """A document without a price, and the reason."""
    house.emulator.fail_always(Fault.BAD_GATEWAY)
    await house.worker()
    await house.prices()
    told = await house.price(AAPL)
    assert (told.price, told.bars) == (None, ())
    assert told.words == "Yahoo cannot be reached: its server answers HTTP 502"


async def test_a_price_of_before_a_restart_stays_while_yahoo_is_away(house: House) -> None:
    """Its time says how old it is; nothing is put in its place."""
    await house.worker()
    await house.prices()
    before = await house.price(AAPL)
    first = house.workers.pop()
    await first.close()
    house.emulator.fail_always(Fault.ERROR_500)
    house.wall.advance(FIVE)
    await house.worker()
    await house.prices()
    assert house.asked(AAPL) == 2
    assert await house.price(AAPL) == before


@pytest.mark.parametrize("feed", [FeedKind.SIMULATION, FeedKind.REPLAY])
async def test_another_world_never_shows_todays_prices(house: House, feed: FeedKind) -> None:
    """Yahoo is not asked, and what a run in real time left behind is taken away."""
    await house.worker()
    await house.prices()
    await house.years()
    asked = sum(house.emulator.hits.values())
    later = house.workers.pop()
    await later.close()
    await house.announce(feed, AAPL, BRK)
    await house.worker(asks=False)
    await house.prices()
    await house.years()
    for symbol in (AAPL, BRK):
        price, year = await house.price(symbol), await house.year(symbol)
        assert (price.price, price.bars, price.feed) == (None, (), feed)
        assert (year.historical_data, year.fundamentals, year.news) == ((), None, ())
        assert f"this run is a {feed}; Yahoo is not asked" in price.words
    assert sum(house.emulator.hits.values()) == asked


async def test_yahoo_switched_off_says_so(house: House) -> None:
    """In real time, too, there is a document and the reason."""
    await house.worker(asks=False)
    await house.prices()
    assert (await house.price(AAPL)).words == "Yahoo is not asked: it is off"
    assert house.asked(AAPL) == 0


async def test_what_is_no_longer_watched_is_taken_away(house: House) -> None:
    """Nothing stays that nobody keeps true."""
    await house.watch(AAPL, MSFT)
    await house.worker()
    await house.prices()
    await house.years()
    await house.watch(AAPL)
    house.wall.advance(FIVE)
    await house.prices()
    assert await house.streamer.read(registry.YFINANCE, MSFT) is None
    assert await house.streamer.read(registry.YFINANCE_ENHANCED, MSFT) is None
    assert (await house.price(AAPL)).price is not None
