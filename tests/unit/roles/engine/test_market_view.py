"""The market as the engine sees it: each quote once, and a session that ends when it ends."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, buy, kinds, open_shop
from tests.unit.roles.parts import eventually, four_days, running
from tests.unit.trading.make import BALANCED, FEED, IBM, quote

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.market import FeedClock, FeedState, MarketSession, MarketStatus
from qt_trade.kit.clock import Clock
from qt_trade.model.money import usd
from qt_trade.model.orders import OrderStatus, TimeInForce
from qt_trade.model.presets import TradingHours
from qt_trade.roles.engine.market_view import MarketView
from qt_trade.roles.feed_time import FeedTime
from qt_trade.trading.commands import StartAutoTrading
from qt_trade.trading.events import OrderAcknowledged, OrderExpired, OrderFilled

pytestmark = pytest.mark.asyncio

CLOSE = FEED.replace(hour=20)
NEXT_OPEN = (FEED + timedelta(days=1)).replace(hour=13, minute=30)


def announcement(wall: Clock, feed: datetime) -> MarketStatus:
    """A clock that stands where the test wants it: the wall does not move meanwhile."""
    return MarketStatus(
        **wires.STAMP, run_id="run-1", account="paper:test",
        clock=FeedClock(
            wall=wall.now(), feed=feed, speed=60.0, quote_interval_s=60.0, stale_after_s=240.0
        ),
        market_open=True, market_session=MarketSession.OPEN, words="", current_time_et="",
        trading_day=True, early_close=False, next_open=NEXT_OPEN, next_close=CLOSE,
        feed_state=FeedState.OK, feed_words="", feed_since=wall.now(),
        feed_source="test", symbols=(IBM,),
    )  # fmt: skip


async def look_out(
    lead: wiring.Lead, connect: Connect, shop: Shop, feed: datetime
) -> tuple[MarketView, Bus]:
    """Return a view that has begun, and the streamer's bus."""
    bus, streamer = await connect(Party.ENGINE), await connect(Party.STREAMER)
    feed_time = FeedTime("run-1", shop.wall)
    await streamer.write(registry.MARKET_STATUS, announcement(shop.wall, feed))
    await feed_time.follow(bus)
    await feed_time.known.wait()
    board = shop.board()
    view = MarketView(
        shop.dealer, shop.publisher(bus, board), board, shop.stamp, four_days(), feed_time
    )
    await view.begin(bus)
    return view, streamer


async def move(streamer: Bus, shop: Shop, feed: datetime) -> None:
    shop.feed.set(feed)
    await streamer.write(registry.MARKET_STATUS, announcement(shop.wall, feed))


async def test_the_same_quote_twice_fills_once(lead: wiring.Lead, connect: Connect) -> None:
    shop = await open_shop(lead)
    view, _ = await look_out(lead, connect, shop, FEED)
    later = FEED + timedelta(minutes=1)
    async with running(shop.dealer.run()):
        await shop.dealer.handle(buy(quantity=500, limit=usd(99)))
        await shop.heard(OrderAcknowledged)
        small = wires.quote(98.0, later, ask=98.0, bid=97.9, ask_size=100, bid_size=100)
        view.on_quote(small)
        view.on_quote(small)
        view.on_quote(wires.quote(98.0, FEED, ask=98.0, bid=97.9, ask_size=100, bid_size=100))
        await shop.heard(OrderFilled)
        view.on_quote(wires.quote(97.0, later + timedelta(minutes=1)))
        await shop.heard(OrderFilled, 2)
    first, rest = kinds(shop.steps, OrderFilled)
    assert (first.fill.quantity, rest.fill.quantity) == (100, 400)


async def test_the_summary_tells_quotes_missed_meanwhile(
    lead: wiring.Lead, connect: Connect
) -> None:
    shop = await open_shop(lead)
    _, streamer = await look_out(lead, connect, shop, FEED)
    await streamer.write(
        registry.MARKET_DATA, wires.market_data(123.0, FEED + timedelta(minutes=1))
    )
    book = lambda: shop.core.book(shop.dealer.now())  # noqa: E731
    await eventually(lambda: book().quotes[IBM].price == 123.0)
    later = FEED + timedelta(minutes=2)
    await streamer.write(registry.MARKET_DATA, wires.market_data(9.0, later, "another run"))
    await streamer.write(registry.MARKET_DATA, wires.market_data(124.0, later))
    await eventually(lambda: book().quotes[IBM].price == 124.0)


async def test_day_orders_end_with_their_session_though_the_clock_jumps_over_the_night(
    lead: wiring.Lead, connect: Connect
) -> None:
    shop = await open_shop(lead)
    _, streamer = await look_out(lead, connect, shop, FEED)
    async with running(shop.dealer.run()):
        day = await shop.dealer.handle(buy("day", limit=usd(50)))
        gtc = await shop.dealer.handle(buy("gtc", limit=usd(50), force=TimeInForce.GTC))
        await shop.heard(OrderAcknowledged, 2)
        await move(streamer, shop, NEXT_OPEN + timedelta(minutes=1))
        await shop.heard(OrderExpired)
    orders = shop.core.account.orders
    assert orders[str(day.order_id)].status is OrderStatus.EXPIRED
    assert orders[str(gtc.order_id)].status.open


@pytest.mark.parametrize(
    ("back_at", "expires"),
    [
        (CLOSE + timedelta(minutes=1), True),
        (NEXT_OPEN + timedelta(minutes=1), True),
        (CLOSE - timedelta(minutes=1), False),
    ],
)
async def test_day_orders_of_a_session_that_ended_without_an_engine(
    lead: wiring.Lead, connect: Connect, back_at: datetime, *, expires: bool
) -> None:
    before = await open_shop(lead)
    async with running(before.dealer.run()):
        await before.dealer.handle(buy(limit=usd(50)))
        await before.heard(OrderAcknowledged)
    after = await open_shop(lead)
    after.feed.set(back_at)
    await look_out(lead, connect, after, back_at)
    async with running(after.dealer.run()):
        after.dealer.see_quote(quote(at=back_at))
        await after.dealer.handle(buy("other", limit=usd(40)))
        await after.heard(OrderAcknowledged) if not expires else await after.heard(OrderExpired)
    assert bool(kinds(after.steps, OrderExpired)) is expires


async def test_only_this_runs_predictions_count(lead: wiring.Lead, connect: Connect) -> None:
    shop = await open_shop(lead)
    view, _ = await look_out(lead, connect, shop, FEED)
    worker, engine = await connect(Party.WORKER), await connect(Party.ENGINE)
    await worker.write(registry.PREDICTIONS_CURRENT, wires.predictions("another run"))
    await engine.watch(registry.PREDICTIONS_CURRENT, view.on_predictions)
    assert shop.core._predictions == {}
    await worker.write(registry.PREDICTIONS_CURRENT, wires.predictions())
    await eventually(lambda: IBM in shop.core._predictions)


async def test_the_bounds_of_the_session_are_known_while_it_runs(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Minutes after the open and before the close may be left out; between sessions are none."""
    shop = await open_shop(lead)
    view, streamer = await look_out(lead, connect, shop, FEED)
    settings = replace(BALANCED, hours=TradingHours(skip_first_min=31, skip_last_min=15))

    def says() -> str | None:
        start = StartAutoTrading(command_id="a-1", by="desk-1", settings=settings, token=1)
        if shop.core.account.auto is None:
            shop.core.journaled(shop.core.handle(start, shop.dealer.now()))
        checks = {check.rule: check for check in shop.core.checks(shop.dealer.now())}
        return None if checks["policy"].passed else checks["policy"].words

    async def at(feed: datetime) -> str | None:
        await move(streamer, shop, feed)
        await eventually(lambda: view._feed_time.clock.now() == feed)
        return says()

    assert says() == "the first 31 min of the session are left out"
    assert await at(FEED + timedelta(minutes=1)) is None
    assert await at(CLOSE - timedelta(minutes=16)) is None
    words = "the last 15 min before the close are left out"
    assert await at(CLOSE - timedelta(minutes=15)) == words
    assert await at(CLOSE + timedelta(minutes=1)) is None


async def test_bars_are_asked_for_of_every_symbol_that_is_predicted(
    lead: wiring.Lead, connect: Connect
) -> None:
    """The indicators follow the watch list."""
    shop = await open_shop(lead)
    bus, worker = await connect(Party.ENGINE), await connect(Party.WORKER)
    feed_time = FeedTime("run-1", shop.wall)
    streamer = await connect(Party.STREAMER)
    await streamer.write(registry.MARKET_STATUS, announcement(shop.wall, FEED))
    await feed_time.follow(bus)
    await feed_time.known.wait()
    board, wanted = shop.board(), list[str]()
    publisher = shop.publisher(bus, board)
    view = MarketView(
        shop.dealer, publisher, board, shop.stamp, four_days(), feed_time, wanted.extend
    )
    await view.begin(bus)
    await worker.write(registry.PREDICTIONS_CURRENT, wires.predictions())
    await eventually(lambda: wanted == [IBM])
