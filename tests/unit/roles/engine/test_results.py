"""Performance, last fills and each order's steps, published as the journal has them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, buy, open_shop
from tests.unit.roles.parts import eventually, lose_everything, running
from tests.unit.trading.make import quote

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.results import OrderEvent, RecentTrades, TradingPerformance
from qt_trade.model.money import usd
from qt_trade.model.orders import OrderStatus, Side
from qt_trade.model.shares import shares
from qt_trade.trading.commands import CancelManual, SubmitManual
from qt_trade.trading.events import OrderCanceled, OrderFilled

pytestmark = pytest.mark.asyncio


@dataclass
class Office:
    shop: Shop
    front: Bus

    async def performance(self) -> TradingPerformance:
        found = await self.front.read(registry.TRADING_PERFORMANCE)
        assert found is not None
        return found.value

    async def recent(self) -> RecentTrades:
        found = await self.front.read(registry.RECENT_TRADES)
        assert found is not None
        return found.value

    async def steps(self) -> list[OrderEvent]:
        return [one.value for one in await self.front.entries(registry.ORDER_EVENTS, last=1000)]

    async def until_steps(self, *events: str) -> list[OrderEvent]:
        async def there() -> bool:
            return tuple(step.event for step in await self.steps()) == events

        await eventually(there)
        return await self.steps()


@asynccontextmanager
async def office(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Office]:
    shop = await open_shop(lead)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    publisher = shop.publisher(bus, shop.board())
    await shop.dealer.reconcile()
    async with running(shop.dealer.run(), publisher.run()):
        yield Office(shop, front)


def sell(command_id: str, quantity: int) -> SubmitManual:
    made = buy(command_id, quantity)
    return SubmitManual(
        command_id=made.command_id, by=made.by, symbol=made.symbol, side=Side.SELL,
        quantity=shares(quantity), order_type=made.order_type, limit_price=None,
        time_in_force=made.time_in_force,
    )  # fmt: skip


async def trade(here: Office) -> None:
    """Buy ten at 100 and sell four of them at 110."""
    assert (await here.shop.dealer.handle(buy("c-1", 10))).accepted
    await here.shop.heard(OrderFilled)
    here.shop.dealer.see_quote(quote(price=110.0))
    assert (await here.shop.dealer.handle(sell("c-2", 4))).accepted
    await here.shop.heard(OrderFilled, 2)


async def test_performance_is_the_journals(lead: wiring.Lead, connect: Connect) -> None:
    """One closed trade, won; what is not known yet is null, with the reason in words."""
    async with office(lead, connect) as here:
        await trade(here)

        async def told() -> bool:
            found = await here.front.read(registry.TRADING_PERFORMANCE)
            return found is not None and found.value.total_trades == 1

        await eventually(told)
        seen = await here.performance()
        assert (seen.winning_trades, seen.losing_trades, seen.win_rate) == (1, 0, 1.0)
        assert seen.avg_win == Decimal("40.00")
        assert seen.avg_loss is None
        assert seen.total_pnl == seen.weekly_pnl == seen.monthly_pnl == Decimal("100.00")
        assert seen.sharpe_ratio is None
        assert "Sharpe" in seen.words
        assert seen.cash_balance == Decimal("99440.00")
        assert seen.current_positions == 1


async def test_the_newest_fill_comes_first(lead: wiring.Lead, connect: Connect) -> None:
    """With what it earned, where it closed something, in dollars and in per cent of its cost."""
    async with office(lead, connect) as here:
        await trade(here)

        async def told() -> bool:
            found = await here.front.read(registry.RECENT_TRADES)
            return found is not None and len(found.value.trades) == 2

        await eventually(told)
        newest, oldest = (await here.recent()).trades
        assert (newest.side, newest.pnl, newest.pnl_pct) == (Side.SELL, Decimal("40.00"), 10.0)
        assert (oldest.side, oldest.pnl, oldest.pnl_pct) == (Side.BUY, None, None)
        assert oldest.value == Decimal("1000.00")
        found = await here.front.read(registry.AUTOTRADING_STATS)
        assert found is not None
        assert (found.value.trades_today, found.value.next_run) == (2, None)
        assert found.value.total_volume == Decimal("1440.00")


async def test_each_step_of_an_order_is_a_line(
    lead: wiring.Lead, connect: Connect, redis_url: str
) -> None:
    """From approval to the end, and all of them again on a server that lost everything."""
    async with office(lead, connect) as here:
        await here.shop.dealer.handle(buy("c-1", 10))
        lines = await here.until_steps("approved", "sent", "acknowledged", "filled")
        assert [line.status for line in lines] == [
            OrderStatus.PENDING_NEW, OrderStatus.PENDING_NEW, OrderStatus.ACCEPTED,
            OrderStatus.FILLED,
        ]  # fmt: skip
        assert lines[-1].filled_qty == 10
        assert "10 at 100" in lines[-1].words
        await lose_everything(redis_url, here.front)
        assert await here.until_steps("approved", "sent", "acknowledged", "filled") == lines


async def test_a_canceled_order_tells_who_wanted_it(lead: wiring.Lead, connect: Connect) -> None:
    """And that nothing of it was filled."""
    async with office(lead, connect) as here:
        answer = await here.shop.dealer.handle(buy("c-1", 10, limit=usd(50)))
        assert answer.order_id is not None
        await here.until_steps("approved", "sent", "acknowledged")
        await here.shop.dealer.handle(
            CancelManual(command_id="c-2", by="desk-1", order_id=answer.order_id)
        )
        await here.shop.heard(OrderCanceled)
        lines = await here.until_steps(
            "approved", "sent", "acknowledged", "cancel asked", "canceled"
        )
        assert "desk-1" in lines[3].words
        assert (lines[4].status, lines[4].filled_qty) == (OrderStatus.CANCELED, 0)


async def test_a_refused_order_has_one_line_with_the_reason(
    lead: wiring.Lead, connect: Connect
) -> None:
    """It never left."""
    async with office(lead, connect) as here:
        assert not (await here.shop.dealer.handle(buy("c-1", 1_000_000))).accepted
        (line,) = await here.until_steps("refused")
        assert line.status is OrderStatus.REJECTED
        assert line.words


async def test_an_engine_begins_with_what_the_journal_says(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Figures and steps of an earlier life are there again, and none of them twice."""
    async with office(lead, connect) as before:
        await trade(before)
        eight = ("approved", "sent", "acknowledged", "filled") * 2
        lines = await before.until_steps(*eight)
    async with office(lead, connect) as after:
        assert await after.until_steps(*eight) == lines

        async def told() -> bool:
            found = await after.front.read(registry.TRADING_PERFORMANCE)
            return found is not None and found.value.total_trades == 1

        await eventually(told)
