"""Every event of the journal in words, for whoever audits it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from qt_trade.model.money import Usd, format_usd
from qt_trade.model.orders import Fill, Order
from qt_trade.model.shares import format_shares
from qt_trade.model.wishes import NAMES
from qt_trade.trading import book_events as b
from qt_trade.trading import events as e


def order_words(order: Order) -> str:
    """Return an order's terms: ``BUY 10 AAPL LIMIT 190.50 DAY``."""
    prices = (
        ("limit", order.limit_price),
        ("stop", order.stop_price),
        ("trailing by", order.trail_price),
    )
    parts = [
        f"{order.side} {format_shares(order.quantity)} {order.symbol} {order.order_type}",
        *(f"{name} {format_usd(price)}" for name, price in prices if price is not None),
        str(order.time_in_force),
    ]
    if order.trail_bp is not None:
        parts.append(f"trailing by {order.trail_bp} bp")
    if order.exits is not None:
        parts.append(str(order.order_class))
    return " ".join(parts)


def words_of(event: e.Event) -> str:
    """Return what an event says; one that has no words of its own is told by its fields."""
    told = _WORDS.get(type(event))
    return _fields(event) if told is None else told(event)


def _fields(event: e.Event) -> str:
    told = msgspec.to_builtins(event)
    return ", ".join(
        f"{name} {value}"
        for name, value in told.items()
        if name not in ("at", "feed_at") and value not in (None, "", [], {})
    )


def _fill(fill: Fill, realized: Usd | None) -> str:
    words = f"{fill.side} {format_shares(fill.quantity)} {fill.symbol} at {format_usd(fill.price)}"
    earned = "" if realized is None else f", realized {format_usd(realized)}"
    return f"{words}, commission {format_usd(fill.commission)}{earned} (fill {fill.fill_id})"


def _decision(event: e.DecisionMade) -> str:
    def shown(name: str, value: object) -> str:
        told = f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else f"{value}"
        return "" if value is None else f"{name} {told}"

    inputs = (
        shown("price", event.price),
        shown("bid", event.bid),
        shown("ask", event.ask),
        shown("of", event.quote_at),
        shown("model", event.model),
        shown("predicted", event.predicted_at),
        shown("horizon (min)", event.horizon_min),
        shown("expected return", event.expected_return),
        shown("confidence", event.confidence),
        *(f"{one.source} {one.vote} at {one.strength:.2f} ({one.words})" for one in event.sources),
    )
    return f"{event.reason}; inputs: {', '.join(one for one in inputs if one)}"


def _wishes(event: e.WishesNamed) -> str:
    named = ", ".join(
        f"{name} {value}" for name in NAMES if (value := getattr(event.wishes, name)) is not None
    )
    return f"{event.document} (by {event.by}): {named}"


def _started(event: e.AutoTradingStarted) -> str:
    return f"{event.settings.own or event.settings.strategy} (by {event.by})"


def _judged(event: e.RiskJudged) -> str:
    passed = sum(verdict.passed for verdict in event.verdicts)
    return f"{order_words(event.order)}: {passed} of {len(event.verdicts)} rules let it pass"


def _answer(event: e.CommandAnswered) -> str:
    result = "accepted" if event.accepted else "refused"
    reason = f": {event.reason}" if event.reason else ""
    return f"{event.name} by {event.by}, {result}{reason}; asked: {event.asked}"


def _approved(event: e.OrderApproved) -> str:
    opens = "opens a position" if event.opens else "shrinks a position"
    bound = "" if event.worst_price is None else f", at worst {format_usd(event.worst_price)}"
    reserved = f", reserves {format_usd(event.reserved)}" if event.reserved else ""
    cause = "" if event.cycle is None else f", for the cycle of {event.cycle:%H:%M} UTC"
    return f"{order_words(event.order)}; {opens}{reserved}{bound}{cause}"


_WORDS: Mapping[type, Callable[[Any], str]] = MappingProxyType(
    {
        e.AccountOpened: lambda event: f"{event.account_id} with {format_usd(event.cash)} USD",
        e.CommandAnswered: _answer,
        e.DecisionMade: _decision,
        e.RiskJudged: _judged,
        e.OrderApproved: _approved,
        e.OrderRefused: lambda event: f"{order_words(event.order)}: {event.because}",
        e.OrderSent: lambda _event: "handed to the broker",
        e.OrderAcknowledged: lambda event: f"the broker has it as {event.broker_order_id}",
        e.OrderFilled: lambda event: _fill(event.fill, event.realized),
        e.CancelAsked: lambda event: f"by {event.by}: {event.reason}",
        e.OrderCanceled: lambda event: event.words,
        e.OrderExpired: lambda event: event.words,
        e.OrderRejected: lambda event: event.words,
        e.OrderUnknown: lambda event: event.words,
        e.OrderTriggered: lambda event: event.words,
        e.StopMoved: lambda event: f"to {format_usd(event.stop_price)}",
        e.OrderActivated: lambda event: event.words,
        e.OrderReplaced: lambda event: event.words,
        e.ReplaceAsked: lambda event: f"by {event.by}",
        e.TradingStopped: lambda event: f"{event.reason} (by {event.by}): nothing opens",
        e.TradingResumed: lambda event: f"{event.reason} (by {event.by})",
        e.AutoTradingStarted: _started,
        e.WishesNamed: _wishes,
        e.AutoTradingStopped: lambda event: f"{event.reason} (by {event.by})",
        e.CloseAsked: lambda event: f"{event.symbol}, by {event.by}: {event.reason}",
        e.ControlTaken: lambda event: f"{event.name} controls AutoTrading: {event.words}",
        b.ExternalFill: lambda event: f"not by us: {_fill(event.fill, event.realized)}",
        b.DiscrepancyFound: lambda event: event.words,
        b.DiscrepancyEnded: lambda event: f"{event.key}: {event.words}",
    }
)
