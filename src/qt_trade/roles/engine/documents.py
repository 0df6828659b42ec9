"""The account as documents for the desktop; nothing here decides anything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from qt_trade.contract.payloads import portfolio as wire
from qt_trade.kit.clock import Clock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.money import Usd, to_decimal
from qt_trade.model.orders import Exits, Order, Side
from qt_trade.model.sectors import sector_of
from qt_trade.model.shares import value_of
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine.courier import Enquiry
from qt_trade.roles.engine.diversification import by_sector, effective_positions
from qt_trade.roles.engine.order_ways import OrderWays
from qt_trade.roles.engine.valuation import PERCENT, PositionValue, Valuation, average_price
from qt_trade.trading.account import Account
from qt_trade.trading.book_events import ExternalFill
from qt_trade.trading.events import OrderFilled
from qt_trade.trading.lots import Lot
from qt_trade.trading.order_state import OrderState

SOURCE = "engine"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every document of one run has in common, and the clocks that date it."""

    feed: FeedKind
    run_id: str
    account: str
    wall: Clock
    feed_clock: Clock


@dataclass(frozen=True, slots=True)
class BrokerSide:
    """Whose books these are, and what that broker forbids at the moment, in words."""

    name: str = ""
    restrictions: tuple[str, ...] = ()


def mode(stamp: Stamp) -> Literal["PAPER", "LIVE"]:
    """Return whose money the run's account is."""
    return "LIVE" if stamp.account.startswith("live:") else "PAPER"


def amount(value: Usd | None) -> Decimal | None:
    """Return dollars for the wire, or None."""
    return None if value is None else to_decimal(value)


def positions(
    stamp: Stamp, valuation: Valuation, lots_of: Callable[[Symbol], Sequence[Lot]]
) -> wire.PortfolioPositions:
    """Return ``portfolio_positions``."""
    return wire.PortfolioPositions(
        ts=stamp.wall.now(),
        source=SOURCE,
        feed=stamp.feed,
        account=stamp.account,
        feed_ts=stamp.feed_clock.now(),
        positions=tuple(
            _position(row, valuation.total, lots_of(row.position.symbol))
            for row in valuation.positions
        ),
    )


def _position(row: PositionValue, total: Usd | None, lots: Sequence[Lot]) -> wire.Position:
    held = row.position
    weight = None
    if row.market_value is not None and total:
        weight = row.market_value / total
    return wire.Position(
        symbol=held.symbol,
        qty=held.quantity,
        side="long" if held.quantity > 0 else "short",
        avg_entry_price=average_price(held),
        cost=to_decimal(held.cost),
        last=amount(row.price),
        last_ts=row.price_at,
        market_value=amount(row.market_value),
        unrealized_pl=amount(row.unrealized),
        day_change_pct=row.day_change_pct,
        day_pl=amount(row.day_pl),
        weight=weight,
        sector=sector_of(held.symbol) or "",
        opened_at=held.opened_at,
        lots=tuple(
            wire.TaxLot(opened_at=lot.opened_at, qty=lot.quantity, cost=to_decimal(lot.cost))
            for lot in lots
        ),
    )


def summary(
    stamp: Stamp,
    account: Account,
    valuation: Valuation,
    day_start: Usd,
    broker: BrokerSide,
) -> wire.PortfolioSummary:
    """Return ``backend:portfolio_summary``; ``day_start`` is the value the day began with."""
    change = None if valuation.total is None else Usd(valuation.total - day_start)
    return wire.PortfolioSummary(
        ts=stamp.wall.now(),
        source=SOURCE,
        feed=stamp.feed,
        account=stamp.account,
        feed_ts=stamp.feed_clock.now(),
        mode=mode(stamp),
        total_value=amount(valuation.total),
        cash_balance=to_decimal(account.cash),
        invested_amount=amount(valuation.invested),
        buying_power=to_decimal(Usd(account.cash - account.reserved)),
        unrealized_pl=amount(valuation.unrealized),
        realized_today=to_decimal(account.today.realized),
        commissions_today=to_decimal(account.today.commissions),
        day_change=amount(change),
        day_change_pct=None if change is None or not day_start else change / day_start * PERCENT,
        day_start_value=to_decimal(day_start),
        positions_count=len(valuation.positions),
        trades_today=account.today.trades,
        sectors=tuple(
            wire.SectorWeight(sector=sector, value=to_decimal(worth), weight=weight)
            for sector, worth, weight in by_sector(valuation)
        ),
        effective_positions=effective_positions(valuation),
        broker=broker.name,
        restrictions=broker.restrictions,
    )


def active_orders(
    stamp: Stamp, account: Account, enquiries: Mapping[str, Enquiry], ways: OrderWays
) -> wire.ActiveOrders:
    """Return ``backend:active_orders``.

    ``enquiries``: which of them the broker is asked for; ``ways``: their steps so far.
    """
    return wire.ActiveOrders(
        ts=stamp.wall.now(),
        source=SOURCE,
        feed=stamp.feed,
        account=stamp.account,
        feed_ts=stamp.feed_clock.now(),
        orders=tuple(
            _order(state, enquiries.get(state.order.order_id), ways.of(state.order.order_id))
            for state in account.open_orders
        ),
    )


def _order(
    state: OrderState, enquiry: Enquiry | None, way: tuple[wire.OrderStep, ...]
) -> wire.Order:
    order, exits = state.order, state.order.exits or Exits()
    # A trailing stop stands where the broker says; any other where it was put.
    stop = order.stop_price if state.stop_price is None else state.stop_price
    return wire.Order(
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side,
        quantity=order.quantity,
        filled_qty=state.filled,
        order_type=order.order_type,
        limit_price=amount(order.limit_price),
        time_in_force=order.time_in_force,
        status=state.status,
        origin=order.origin,
        reason=order.reason,
        created_at=order.created_at,
        updated_at=state.at,
        estimated_value=amount(state.reserved) if order.side is Side.BUY else None,
        fees=to_decimal(state.commission),
        stop_price=amount(stop),
        trail_price=amount(order.trail_price),
        trail_bp=order.trail_bp,
        extended_hours=order.extended_hours,
        order_class=order.order_class,
        take_profit=amount(exits.take_profit),
        stop_loss=amount(exits.stop_loss),
        stop_loss_limit=amount(exits.stop_limit),
        parent_id=order.parent_id,
        replaces=order.replaces,
        cancel_asked=state.cancel_asked,
        reserved=to_decimal(state.cost_left),
        broker_order_id=state.broker_order_id,
        words=state.words,
        steps=way,
        asked=0 if enquiry is None else enquiry.asked,
        ask_next=None if enquiry is None else enquiry.next_at,
    )


def trade(stamp: Stamp, order: Order, filled: OrderFilled | ExternalFill) -> wire.Trade:
    """Return a line of ``trades_log``, dated by the journal."""
    fill = filled.fill
    return wire.Trade(
        ts=filled.at,
        source=SOURCE,
        feed=stamp.feed,
        account=stamp.account,
        feed_ts=filled.feed_at,
        fill_id=fill.fill_id,
        order_id=fill.order_id,
        symbol=fill.symbol,
        side=fill.side,
        qty=fill.quantity,
        price=to_decimal(fill.price),
        value=to_decimal(value_of(fill.price, fill.quantity)),
        fees=to_decimal(fill.commission),
        realized=amount(filled.realized),
        origin=order.origin,
        reason=order.reason,
    )


def equity_point(stamp: Stamp, total: Usd) -> wire.EquityPoint:
    """Return a point of ``backend:equity``."""
    return wire.EquityPoint(
        ts=stamp.wall.now(),
        source=SOURCE,
        feed=stamp.feed,
        account=stamp.account,
        run_id=stamp.run_id,
        feed_ts=stamp.feed_clock.now(),
        total_value=to_decimal(total),
    )
