"""Performance, last fills and each order's steps, published as the journal has them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, buy, open_shop
from tests.unit.roles.parts import eventually, lose_everything, running
from tests.unit.trading.make import FEED, IBM, quote

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.portfolio import Order
from qt_trade.contract.payloads.results import OrderEvent, RecentTrades, TradingPerformance
from qt_trade.model.broker_account import (
    ActivityKind,
    BrokerAccount,
    BrokerActivity,
    Restrictions,
)
from qt_trade.model.money import usd
from qt_trade.model.orders import OrderOrigin, OrderStatus, Side
from qt_trade.model.shares import shares
from qt_trade.trading.commands import CancelManual, SubmitManual
from qt_trade.trading.events import OrderCanceled, OrderFilled
from qt_trade.trading.records import to_record
from qt_trade.trading.returns import DayWorth

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

    async def until_open(self, count: int) -> tuple[Order, ...]:
        """Return the open orders, as soon as there are so many and their way to the broker is told."""

        async def there() -> bool:
            orders = await self.open_orders()
            return len(orders) == count and all(
                any(step.name == "accepted" for step in one.steps) for one in orders
            )

        await eventually(there)
        return await self.open_orders()

    async def open_orders(self) -> tuple[Order, ...]:
        found = await self.front.read(registry.ACTIVE_ORDERS)
        return () if found is None else found.value.orders

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
        assert (seen.win_rate_low, seen.win_rate_high) == (pytest.approx(0.2065, abs=1e-4), 1.0)
        assert (seen.avg_loss, seen.profit_factor) == (None, None)
        assert (seen.gross_win, seen.slippage_bp) == (Decimal("40.00"), None)
        assert seen.median_trade_duration == seen.avg_trade_duration == 0.0
        (symbol,) = seen.by_symbol
        assert (symbol.symbol, symbol.realized, symbol.trades) == ("IBM", Decimal("40.00"), 1)
        assert symbol.unrealized == Decimal("60.00")
        (source,) = seen.by_source
        assert (source.source, source.trades, source.win_rate) == ("manual", 1, None)
        assert seen.sharpe_words == "no Sharpe ratio yet: 0 daily returns of the 20 it needs"
        assert (seen.daily, seen.return_pct, seen.benchmark) == ((), None, "SPY")
        assert seen.words.startswith("1 closed trades: too few for a rate to mean much")
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

        async def counted() -> bool:
            stats = await here.front.read(registry.AUTOTRADING_STATS)
            return stats is not None and stats.value.trades_today == 2

        # Written after the trades, so that they may be there before.
        await eventually(counted)
        found = await here.front.read(registry.AUTOTRADING_STATS)
        assert found is not None
        assert found.value.next_run is None
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
        (shown,) = await here.until_open(1)
        steps = [step.name for step in shown.steps]
        assert steps == ["decided", "checked", "sent", "accepted"]
        assert shown.reserved >= 500
        assert not shown.cancel_asked
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


async def test_a_month_of_days_has_return_and_ratio(lead: wiring.Lead, connect: Connect) -> None:
    """Kept by the journal, so that an engine begins with them; the benchmark's beside them."""
    shop = await open_shop(lead)
    for n in range(25):
        day = (FEED - timedelta(days=30 - n)).date()
        value = usd(100_000 + 100 * n + 50 * (n % 2))
        worth = DayWorth(day, value, usd(100_000), 160.0 + n)
        await shop.journal.append([to_record(worth.event(shop.dealer.now()))])
    async with office(lead, connect) as here:

        async def told() -> bool:
            found = await here.front.read(registry.TRADING_PERFORMANCE)
            return found is not None and found.value.sharpe_ratio is not None

        await eventually(told)
        seen = await here.performance()
    assert len(seen.daily) == 25
    assert seen.return_pct == pytest.approx(2.4)
    assert seen.benchmark_return_pct == pytest.approx(15.0)
    assert seen.sharpe_low is not None
    assert seen.sharpe_high is not None
    assert seen.sharpe_ratio is not None
    assert seen.sharpe_low < seen.sharpe_ratio < seen.sharpe_high
    assert seen.sharpe_words.startswith("Sharpe ratio of 24 daily returns")
    assert seen.drawdown_words.startswith("daily since 07 Sep 2013, minute by minute since 07 Oct")


async def test_positions_have_sector_and_lots(lead: wiring.Lead, connect: Connect) -> None:
    """Two purchases are two lots; what the first sale takes is of the older."""
    async with office(lead, connect) as here:
        await trade(here)
        assert (await here.shop.dealer.handle(buy("c-3", 2))).accepted
        await here.shop.heard(OrderFilled, 3)

        async def told() -> bool:
            found = await here.front.read(registry.PORTFOLIO_POSITIONS)
            return found is not None and any(len(one.lots) == 2 for one in found.value.positions)

        await eventually(told)
        found = await here.front.read(registry.PORTFOLIO_POSITIONS)
        assert found is not None
        (held,) = found.value.positions
        summary = await here.front.read(registry.PORTFOLIO_SUMMARY)
    assert [(lot.qty, lot.cost) for lot in held.lots] == [
        (6, Decimal("600.00")),
        (2, Decimal("220.00")),
    ]
    assert (held.sector, held.opened_at) == ("Information Technology", FEED)
    assert summary is not None
    assert [one.sector for one in summary.value.sectors] == ["Information Technology"]
    assert summary.value.effective_positions == 1.0


async def test_a_trade_by_hand_is_in_the_logs(lead: wiring.Lead, connect: Connect) -> None:
    """As one of origin external, with what it realized."""
    async with office(lead, connect) as here:
        await trade(here)
        sold = BrokerActivity(
            activity_id="7", kind=ActivityKind.TRADE, at=FEED, amount=usd(240), symbol=IBM,
            quantity=shares(2), price=usd(120), side=Side.SELL, order_id="", words="by phone",
        )  # fmt: skip
        theirs = BrokerAccount("paper", usd(99_680), {}, (sold,), Restrictions())
        here.shop.core.journaled(here.shop.core.compare(theirs, here.shop.dealer.now()))
    shop = await open_shop(lead)
    step = shop.core.compare(theirs, shop.dealer.now())
    await shop.journal.append(step.records)
    async with office(lead, connect) as here:

        async def told() -> bool:
            found = await here.front.read(registry.RECENT_TRADES)
            return found is not None and len(found.value.trades) == 3

        await eventually(told)
        newest = (await here.recent()).trades[0]
        assert (newest.origin, newest.pnl) == (OrderOrigin.EXTERNAL, Decimal("40.00"))
        assert "by phone" in newest.reason
        performance = await here.performance()
        assert performance.total_trades == 2
