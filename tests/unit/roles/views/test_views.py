"""An older frontend that polls with GET finds its seven keys, in its shapes, made from ours."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import pytest_asyncio
import redis
from tests.unit.contract import make
from tests.unit.contract.seen import Seen
from tests.unit.roles.parts import eventually, lose_everything, running
from tests.unit.roles.worker.test_jobs import STAMP, bar, status
from tests.unit.trading.make import FEED, IBM, WALL

from qt_trade.contract import older_views as older
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Document, Party
from qt_trade.contract.payloads import health, market, portfolio, predictions
from qt_trade.kit.clock import SystemClock
from qt_trade.model.orders import OrderOrigin, OrderStatus, OrderType, Side, TimeInForce
from qt_trade.model.predictions import Skill
from qt_trade.roles.views.service import Views
from qt_trade.roles.work import Work

pytestmark = pytest.mark.asyncio

ACCOUNT = {**STAMP, "account": "paper:test", "feed_ts": FEED}


def order(limit: str | None, symbol: str = IBM) -> portfolio.Order:
    return portfolio.Order(
        order_id="o-1", symbol=symbol, side=Side.BUY, quantity=5, filled_qty=0,
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price=None if limit is None else Decimal(limit), time_in_force=TimeInForce.DAY,
        status=OrderStatus.ACCEPTED, origin=OrderOrigin.MANUAL, reason="", created_at=WALL,
        updated_at=WALL, estimated_value=None, fees=Decimal(0),
    )  # fmt: skip


def position() -> portfolio.Position:
    return portfolio.Position(
        symbol=IBM, qty=5, side="long", avg_entry_price=Decimal("99.50"), cost=Decimal("497.50"),
        last=None, last_ts=None, market_value=None, unrealized_pl=None, day_change_pct=None,
        day_pl=None, weight=None,
    )  # fmt: skip


def alert() -> health.Alert:
    return health.Alert(
        alert_id="feed-mute", type=health.AlertType.SYSTEM_ALERT, severity=health.Severity.WARNING,
        symbol=None, title="The feed is mute", message="since 14:00", triggered_at=WALL,
        acknowledged=False, auto_dismiss=True, expires_at=None, action_required="",
    )  # fmt: skip


@dataclass
class House:
    """The roles of ours that write, and an older frontend that polls."""

    url: str
    writers: dict[Party, Bus]
    views: Views
    theirs: Bus

    async def write(self, document: Document[Any], value: Any) -> None:
        (party,) = document.writers
        await self.writers[party].write(document, value)

    def get(self, key: str) -> Any:
        with redis.Redis.from_url(older.url_of_views(self.url)) as old:
            found = old.get(key)
        return None if found is None else json.loads(found)

    async def until(self, key: str, value: Any) -> None:
        async def there() -> bool:
            return bool(await asyncio.to_thread(self.get, key) == value)

        await eventually(there)


async def opened(url: str, party: Party) -> Bus:
    bus = Bus(url, party, SystemClock(), random.Random(party))
    await bus.open(timeout_s=20.0)
    return bus


@pytest_asyncio.fixture
async def house(redis_url: str) -> AsyncIterator[House]:
    writers = {
        party: await opened(redis_url, party)
        for party in (Party.STREAMER, Party.WORKER, Party.ENGINE)
    }
    ours = await opened(redis_url, Party.VIEWS)
    theirs = await opened(older.url_of_views(redis_url), Party.VIEWS)
    views = Views(ours, theirs, Work(SystemClock()))
    async with running(views.run()):
        yield House(redis_url, writers, views, theirs)
    await views.close()
    for bus in (ours, theirs, *writers.values()):
        await bus.close()


async def test_prices_stand_by_symbol_with_their_change_in_per_cent(house: House) -> None:
    """And nothing but symbols stands beside them."""
    line = make.symbol_data()
    await house.write(registry.MARKET_DATA, make.market_data(IBM=line))
    expected = {
        "price": line.price, "change": line.change, "change_percent": line.change_percent
    }  # fmt: skip
    await house.until("market_data", {"IBM": expected})


async def test_a_view_is_never_taken_for_our_document(house: House) -> None:
    """Channels are the same in all databases of a server: views are not pushed."""
    seen: Seen[Change[market.MarketData]] = Seen()
    await house.writers[Party.ENGINE].watch(registry.MARKET_DATA, seen)
    for symbol in ("IBM", "SPY"):
        data = make.market_data(**{symbol: make.symbol_data()})
        await house.write(registry.MARKET_DATA, data)
        await seen.until(lambda all_, d=data: bool(all_) and all_[-1].value == d)
        await eventually(lambda s=symbol: s in (house.get("market_data") or {}))
    assert all(change.error is None for change in seen)
    assert house.writers[Party.ENGINE].rejected == 0


async def test_positions_are_a_list_with_amounts_as_text(house: House) -> None:
    """As the older system wrote them; what is not known is null."""
    document = portfolio.PortfolioPositions(**ACCOUNT, positions=(position(),))
    await house.write(registry.PORTFOLIO_POSITIONS, document)
    expected = {
        "ticker": "IBM", "qty": "5", "avg_entry_price": "99.50", "market_value": None,
        "unrealized_pl": None, "side": "long",
    }  # fmt: skip
    await house.until("portfolio_positions", [expected])


async def test_an_order_has_its_limit_or_the_last_price(house: House) -> None:
    """One whose price nobody knows is left out: a number would be made up."""
    await house.write(registry.MARKET_DATA, make.market_data(IBM=make.symbol_data()))
    await house.until("market_data", house.get("market_data"))
    await eventually(lambda: bool(house.views._prices))
    orders = (order("98.5"), order(None), order(None, "SPY"))
    await house.write(registry.ACTIVE_ORDERS, portfolio.ActiveOrders(**ACCOUNT, orders=orders))
    await eventually(lambda: bool(house.get("active_orders")))
    found = house.get("active_orders")
    assert [one["price"] for one in found] == [98.5, make.symbol_data().price]
    assert (found[0]["ticker"], found[0]["side"]) == ("IBM", "buy")


async def test_the_feed_alerts_bars_and_predictions_have_their_views(house: House) -> None:
    """Each under the older system's name."""
    await house.writers[Party.STREAMER].replace(registry.BARS, [bar(0, 101.0)], IBM)
    await house.write(registry.MARKET_STATUS, status())
    await house.until("chart_data_IBM", [
        {"t": (FEED - timedelta(minutes=1)).isoformat(), "o": 100.0, "h": 101.0, "l": 100.0,
         "c": 101.0, "v": 1}
    ])  # fmt: skip
    with redis.Redis.from_url(older.url_of_views(house.url)) as old:
        assert old.get("api_status") == b"valid"
    await house.write(registry.ALERTS_ACTIVE, health.AlertsActive(**STAMP, alerts=(alert(),)))
    await eventually(lambda: bool(house.get("notifications")))
    (notice,) = house.get("notifications")
    assert (notice["type"], notice["title"]) == ("warning", "The feed is mute")
    assert isinstance(notice["id"], int)
    horizon = predictions.Horizon(
        predicted_price=102.0, change_pct=1.0, confidence=0.6, low=99.0, high=105.0,
        low_50=None, high_50=None, model="m", skill=Skill.PROVEN,
    )  # fmt: skip
    line = predictions.SymbolPrediction(
        current_price=101.0, at=FEED, horizons={"60": horizon, "15": horizon}, words=""
    )
    document = predictions.PredictionsCurrent(
        **STAMP, run_id="run-1", feed_ts=FEED, next_feed_ts=FEED, model="m", predictions_made=2,
        symbols={"IBM": line},
    )  # fmt: skip
    await house.write(registry.PREDICTIONS_CURRENT, document)
    await house.until("predictions_IBM", [
        {"t": (FEED + timedelta(minutes=n)).isoformat(), "v": 102.0} for n in (15, 60)
    ])  # fmt: skip


async def test_a_document_that_is_gone_takes_its_view_with_it(house: House) -> None:
    """Yesterday's prices must not stand there as today's."""
    await house.write(registry.MARKET_DATA, make.market_data(IBM=make.symbol_data()))
    await eventually(lambda: house.get("market_data") is not None)
    await house.writers[Party.STREAMER].delete(registry.MARKET_DATA)
    await house.until("market_data", None)


async def test_a_new_run_begins_its_charts_anew(house: House) -> None:
    """Another day's bars are no part of them."""
    await house.writers[Party.STREAMER].replace(registry.BARS, [bar(0, 101.0)], IBM)
    await house.write(registry.MARKET_STATUS, status())
    await eventually(lambda: bool(house.get("chart_data_IBM")))
    another = msgspec.structs.replace(status(), run_id="run-2")
    await house.write(registry.MARKET_STATUS, another)
    await house.writers[Party.STREAMER].replace(registry.BARS, [bar(5, 107.0, run_id="run-2")], IBM)

    async def anew() -> bool:
        return [one["c"] for one in house.get("chart_data_IBM")] == [107.0]

    await eventually(anew)


async def test_views_come_back_after_a_loss(house: House) -> None:
    """Without our documents having to change."""
    await house.write(registry.MARKET_DATA, make.market_data(IBM=make.symbol_data()))
    await eventually(lambda: house.get("market_data") is not None)
    before = house.get("market_data")
    await lose_everything(house.url, house.theirs)
    await house.write(registry.MARKET_DATA, make.market_data(IBM=make.symbol_data()))
    await house.until("market_data", before)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("redis://u:p@h:1/0", "redis://u:p@h:1/1"),
        ("redis://h:1", "redis://h:1/1"),
        ("rediss://h:1/0?ssl_ca_certs=x", "rediss://h:1/1?ssl_ca_certs=x"),
        ("redis+sentinel://a:1,b:2/mymaster/0", "redis+sentinel://a:1,b:2/mymaster/1"),
        ("redis+sentinel://a:1,b:2/mymaster", "redis+sentinel://a:1,b:2/mymaster/1"),
        ("redis://h:1?db=4&password_file=p", "redis://h:1/1?password_file=p"),
        ("unix:///run/redis.sock?db=0", "unix:///run/redis.sock?db=1"),
    ],
)
async def test_the_views_database_is_the_next_one_of_the_same_server(
    ours: str, theirs: str
) -> None:
    """Whatever the form of its URL."""
    assert older.url_of_views(ours) == theirs
