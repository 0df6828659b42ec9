"""What is published follows the journal to the cent, and comes back after any loss."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
import redis
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, buy, open_shop, stop
from tests.unit.roles.parts import eventually, four_days, lose_everything, running
from tests.unit.trading.make import FEED, WALL, quote

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.portfolio import PortfolioSummary, Trade
from qt_trade.contract.payloads.trading import TradingStatus
from qt_trade.model.money import to_decimal
from qt_trade.roles.engine.publisher import Publisher
from qt_trade.roles.engine.status import Board
from qt_trade.trading.events import CycleFinished, CycleReport, OrderFilled
from qt_trade.trading.records import to_record

pytestmark = pytest.mark.asyncio


@dataclass
class Office:
    shop: Shop
    board: Board
    publisher: Publisher
    front: Bus

    async def trades(self) -> list[Trade]:
        entries = await self.front.entries(registry.TRADES_LOG, last=registry.TRADES_LOG.cap)
        return [entry.value for entry in entries]

    async def until_trades(self, count: int) -> list[Trade]:
        async def there() -> bool:
            return len(await self.trades()) >= count

        await eventually(there)
        return await self.trades()

    async def summary(self) -> PortfolioSummary:
        found = await self.front.read(registry.PORTFOLIO_SUMMARY)
        assert found is not None
        return found.value

    async def status(self) -> TradingStatus:
        found = await self.front.read(registry.TRADING_STATUS)
        assert found is not None
        return found.value

    async def until_status(self, holds: object) -> TradingStatus:
        async def there() -> bool:
            found = await self.front.read(registry.TRADING_STATUS)
            return found is not None and holds(found.value)  # type: ignore[operator]

        await eventually(there)
        return await self.status()


@asynccontextmanager
async def office(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Office]:
    shop = await open_shop(lead)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    board = shop.board()
    publisher = shop.publisher(bus, board)
    await shop.dealer.reconcile()
    await publisher.remember_equity(four_days().is_open)
    async with running(shop.dealer.run(), publisher.run()):
        yield Office(shop, board, publisher, front)


async def buy_some(office: Office, count: int, prefix: str = "c") -> list[str]:
    before = len([s for s in office.shop.steps for e in s.events if isinstance(e, OrderFilled)])
    for n in range(count):
        assert (await office.shop.dealer.handle(buy(f"{prefix}-{n}", 1))).accepted
    await office.shop.heard(OrderFilled, before + count)
    told = await office.shop.told()
    return [event.fill.fill_id for event in told if isinstance(event, OrderFilled)]


async def test_trades_and_portfolio_agree_with_the_journal(
    lead: wiring.Lead, connect: Connect
) -> None:
    async with office(lead, connect) as here:
        fills = await buy_some(here, 3)
        trades = await here.until_trades(3)
        assert [trade.fill_id for trade in trades] == fills
        account = here.shop.core.account

        async def settled() -> bool:
            return (await here.summary()).cash_balance == to_decimal(account.cash)

        await eventually(settled)
        assert (await here.summary()).total_value == Decimal(100_000)


async def test_a_server_that_lost_everything_gets_everything_again(
    lead: wiring.Lead, connect: Connect, redis_url: str
) -> None:
    async with office(lead, connect) as here:
        fills = await buy_some(here, 3)
        await here.until_trades(3)
        await lose_everything(redis_url, here.front)
        assert [trade.fill_id for trade in await here.until_trades(3)] == fills
        for key in (registry.PORTFOLIO_POSITIONS, registry.ACTIVE_ORDERS, registry.TRADING_STATUS):

            async def there(key: object = key) -> bool:
                return await here.front.read(key) is not None  # type: ignore[arg-type]

            await eventually(there)
        await here.until_status(lambda status: status.cycles_run == 0)


async def test_a_restarted_engine_adds_what_is_missing_and_nothing_twice(
    lead: wiring.Lead, connect: Connect
) -> None:
    async with office(lead, connect) as before:
        await buy_some(before, 2)
        await before.until_trades(2)
    unseen = await open_shop(lead)
    async with running(unseen.dealer.run()):
        await unseen.dealer.handle(buy("unseen", 1))
        await unseen.heard(OrderFilled)
    async with office(lead, connect) as after:
        fills = await buy_some(after, 1, "later")
        assert [trade.fill_id for trade in await after.until_trades(4)] == fills


async def test_an_order_sent_by_reconciling_is_one_line_of_the_log(
    lead: wiring.Lead, connect: Connect
) -> None:
    unsent = await open_shop(lead)
    await unsent.dealer.handle(buy())
    async with office(lead, connect) as here:
        await here.shop.heard(OrderFilled)
        await here.until_trades(1)
        await buy_some(here, 1, "next")
        assert len(await here.until_trades(2)) == 2


async def test_another_accounts_trades_give_way(
    lead: wiring.Lead, connect: Connect, redis_url: str
) -> None:
    async with office(lead, connect) as before:
        await buy_some(before, 2)
        await before.until_trades(2)
        strange = (await before.trades())[0]
        engine = await connect(Party.ENGINE)
        await engine.replace(registry.TRADES_LOG, [strange, strange, strange])
    async with office(lead, connect) as after:

        async def right() -> bool:
            return [t.order_id for t in await after.trades()] == [
                fill.fill.order_id
                for fill in await after.shop.told()
                if isinstance(fill, OrderFilled)
            ]

        await eventually(right)


async def test_a_strangers_value_at_our_key_is_told_and_stops_nothing_else(
    lead: wiring.Lead, connect: Connect, redis_url: str
) -> None:
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.set("trades_log", "mine")
        async with office(lead, connect) as here:
            status = await here.until_status(lambda status: status.last_error is not None)
            assert "WRONGTYPE" in str(status.last_error)
            await buy_some(here, 1)
            stranger.delete("trades_log")
            await here.until_trades(1)
            here.publisher.on_change()
            await here.until_status(lambda status: status.last_error is None)


async def test_the_first_day_begins_with_the_deposit_and_the_next_with_the_last_value(
    lead: wiring.Lead, connect: Connect
) -> None:
    async with office(lead, connect) as here:
        await buy_some(here, 10)
        here.shop.feed.advance(timedelta(hours=5))
        here.shop.dealer.see_quote(quote(price=110.0, at=here.shop.feed.now()))
        here.publisher.on_prices()

        async def gained(day_change: int) -> bool:
            found = await here.front.read(registry.PORTFOLIO_SUMMARY)
            return found is not None and found.value.day_change == day_change

        await eventually(lambda: gained(100))
        here.shop.feed.set(FEED + timedelta(days=1))
        here.shop.dealer.see_quote(quote(price=112.0, at=here.shop.feed.now()))
        here.publisher.on_prices()
        await eventually(lambda: gained(20))
        assert (await here.summary()).day_start_value == Decimal(100_100)
    async with office(lead, connect) as again:
        again.shop.feed.set(FEED + timedelta(days=1))
        again.shop.dealer.see_quote(quote(price=112.0, at=again.shop.feed.now()))
        again.publisher.on_prices()

        async def same() -> bool:
            return (await again.summary()).day_start_value == Decimal(100_100)

        await eventually(same)


async def test_cycles_run_counts_those_of_this_run_across_a_restart(
    lead: wiring.Lead, connect: Connect
) -> None:
    shop = await open_shop(lead)
    for number, at in enumerate((WALL - timedelta(hours=1), WALL, WALL + timedelta(minutes=1))):
        report = CycleReport(
            number=number, slot=FEED + timedelta(minutes=number), at=at, candidates=0, signals=0,
            passed_risk=0, orders=0, rows=(),
        )  # fmt: skip
        await shop.journal.append([to_record(CycleFinished(at=at, feed_at=FEED, report=report))])
    async with office(lead, connect) as here:
        status = await here.until_status(lambda _: True)
    assert status.cycles_run == 2
    assert [cycle.number for cycle in status.cycles] == [0, 1, 2]


async def test_a_closed_gate_is_shown_before_the_journal_knows(
    lead: wiring.Lead, connect: Connect
) -> None:
    async with office(lead, connect) as here:
        here.shop.core.halt("s-1", "enough")
        here.publisher.on_change()
        status = await here.until_status(lambda status: status.emergency_stop)
        assert (status.emergency_words, status.can_trade) == ("enough", False)
        await here.shop.dealer.handle(stop())
        status = await here.until_status(lambda status: status.emergency_words != "enough")
        assert status.emergency_words == "enough (desk-1)"


async def test_without_a_journal_nobody_can_trade(lead: wiring.Lead, connect: Connect) -> None:
    async with office(lead, connect) as here:
        status = await here.until_status(lambda _: True)
        assert {check.name: check.ok for check in status.checks}["journal"] is False
        here.board.evidence.database_latency_ms = 1.0
        here.publisher.on_change()
        await here.until_status(
            lambda status: {check.name: check.ok for check in status.checks}["journal"]
        )
