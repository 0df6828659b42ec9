"""What the engine says of orders and risk, for the tests of the page of orders."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from tests.desktop.backend import ACCOUNT, NOW, OPEN, stamp

from qt_trade.contract.payloads import commands, portfolio
from qt_trade.contract.payloads.results import OrderEvent
from qt_trade.kit.clock import SystemClock
from qt_trade.model.orders import OrderOrigin, OrderStatus, OrderType, Side, TimeInForce

RULES = (
    "position_cap", "sector_cap", "cash_reserve", "price_collar", "spread", "sources",
    "daily_loss", "market_hours", "daily_notional", "open_positions", "trades_per_day",
    "cooldown", "order_rate", "excluded_symbols",
)  # fmt: skip
LARGEST = Decimal(3)


def verdicts(*, passes: bool) -> tuple[commands.Verdict, ...]:
    """Return the verdicts of fourteen rules; the three caps refuse unless it ``passes``."""
    figures = {
        "position_cap": ("19.7%", "15%"),
        "sector_cap": ("39.6%", "35%"),
        "cash_reserve": ("3.5%", "10%"),
        "price_collar": ("0.01%", "0.5%"),
        "spread": ("1 bp", "10 bp"),
    }
    caps = RULES[:3]
    return tuple(
        commands.Verdict(
            rule=rule,
            passed=passes or rule not in caps,
            words=f"{rule.replace('_', ' ')} holds" if passes or rule not in caps
            else f"{rule.replace('_', ' ')} would be {figures[rule][0]} of {figures[rule][1]}",
            value=figures.get(rule, ("", ""))[0],
            limit=figures.get(rule, ("", ""))[1],
        )
        for rule in RULES
    )  # fmt: skip


def judged(question: commands.RiskQuestion) -> commands.Reply:
    """Return risk's answer: three shares pass, more do not."""
    passes = question.quantity <= LARGEST
    price = question.limit_price or Decimal("487.75")
    return commands.Reply(
        **stamp("engine"),
        command_id=question.command_id,
        accepted=passes,
        reason="" if passes else "sector cap 35%: Technology would be 39.6%",
        order_id=None,
        verdicts=verdicts(passes=passes),
        what_if=commands.WhatIf(
            cost=price * question.quantity,
            commission=Decimal(0),
            slippage_bp=0.4,
            free_cash_after=Decimal("3603.70"),
            free_cash_after_weight=0.035,
            weight_before=0.125,
            weight_after=0.197,
            sector="Technology",
            sector_before=0.324,
            sector_after=0.396,
            loss_at_stop=None if question.stop_loss is None else Decimal("-112.00"),
            largest_quantity=LARGEST,
        ),
    )


def judged_at_length(question: commands.RiskQuestion) -> commands.Reply:
    """Return a refusal in many words."""
    reply = judged(question)
    words = "the sector of Communication Services would be 39.6% of the account, its cap is 35%"
    long = tuple(
        msgspec.structs.replace(one, words=words, value="" if one.value == "" else "13,603.70 USD")
        for one in reply.verdicts
    )
    return msgspec.structs.replace(reply, accepted=False, reason=words, verdicts=long)


def order(
    name: str, symbol: str, side: Side, qty: int, status: OrderStatus, ago_s: int, **more: Any
) -> portfolio.Order:
    """Return an order that began so many seconds ago."""
    began = SystemClock().now() - timedelta(seconds=ago_s)
    given: dict[str, Any] = {
        "order_id": f"qt-{symbol}-0-{name}",
        "symbol": symbol,
        "side": side,
        "quantity": Decimal(qty),
        "filled_qty": Decimal(0),
        "order_type": OrderType.LIMIT,
        "limit_price": Decimal("96.18"),
        "time_in_force": TimeInForce.DAY,
        "status": status,
        "origin": OrderOrigin.AUTOTRADING,
        "reason": "60 min prediction +0.38%, confidence 64%",
        "created_at": began,
        "updated_at": began,
        "estimated_value": None,
        "fees": Decimal(0),
        "steps": way(status, began),
    }
    return portfolio.Order(**(given | more))


def way(status: OrderStatus, began: Any) -> tuple[portfolio.OrderStep, ...]:
    """Return the steps of an order that stands at a status."""
    known: Mapping[str, tuple[float, str]] = {
        "decided": (0.0, "id stored first"),
        "checked": (0.03, "14 of 14 pass"),
        "sent": (1.2, "paper broker"),
    }
    last = {
        OrderStatus.UNKNOWN: ("unknown", 6.2, "no reply in 5 s"),
        OrderStatus.ACCEPTED: ("accepted", 1.5, "the broker has it"),
        OrderStatus.PARTIALLY_FILLED: ("accepted", 1.5, "the broker has it"),
    }.get(status)
    steps = [
        portfolio.OrderStep(name=name, at=began + timedelta(seconds=after), words=words)
        for name, (after, words) in known.items()
    ]
    if last is not None:
        name, after, words = last
        at = began + timedelta(seconds=after)
        steps.append(portfolio.OrderStep(name=name, at=at, words=words))
    return tuple(steps)


def seven() -> portfolio.ActiveOrders:
    """Return an order in each state that an open one may be in."""
    manual = OrderOrigin.MANUAL
    soon = SystemClock().now() + timedelta(seconds=4)
    gtc = {"time_in_force": TimeInForce.GTC}
    held = order(
        "held-sl", "NVDA", Side.SELL, 60, OrderStatus.HELD, 12689, order_type=OrderType.STOP,
        limit_price=None, stop_price=Decimal("183.40"), parent_id="qt-NVDA-0-pair", **gtc,
    )  # fmt: skip
    return portfolio.ActiveOrders(
        **stamp("engine"), account=ACCOUNT, feed_ts=NOW,
        orders=(
            order("7f3a", "META", Side.BUY, 52, OrderStatus.UNKNOWN, 104, asked=6, ask_next=soon,
                  reserved=Decimal("5001.36")),
            order("ge", "JPM", Side.BUY, 16, OrderStatus.ACCEPTED, 105,
                  limit_price=Decimal("312.40")),
            order("amzn", "AMZN", Side.BUY, 10, OrderStatus.PARTIALLY_FILLED, 478, origin=manual,
                  filled_qty=Decimal(4), limit_price=Decimal("228.20")),
            order("nvda", "NVDA", Side.BUY, 10, OrderStatus.ACCEPTED, 8716, origin=manual,
                  limit_price=Decimal("185.40"), **gtc),
            order("tp", "NVDA", Side.SELL, 20, OrderStatus.ACCEPTED, 12688,
                  limit_price=Decimal("189.60"), parent_id="qt-NVDA-0-pair", **gtc),
            held,
            order("xom", "XOM", Side.SELL, 70, OrderStatus.ACCEPTED, 14030, cancel_asked=True,
                  order_type=OrderType.STOP, limit_price=None, stop_price=Decimal("110.20"),
                  updated_at=SystemClock().now() - timedelta(seconds=3), **gtc),
        ),
    )  # fmt: skip


def ended(number: int, symbol: str, event: str, words: str, *, auto: bool = True) -> OrderEvent:
    """Return the end of an order without a fill."""
    status = {"refused": OrderStatus.REJECTED, "rejected": OrderStatus.REJECTED,
              "expired": OrderStatus.EXPIRED, "canceled": OrderStatus.CANCELED}[event]  # fmt: skip
    return OrderEvent(
        **stamp("engine"), account=ACCOUNT, feed_ts=OPEN + timedelta(minutes=19 * number),
        order_id=f"qt-{symbol}-0-{number}", symbol=symbol, side=Side.BUY, event=event,
        status=status, quantity=Decimal(30), filled_qty=Decimal(0), words=words,
        origin=OrderOrigin.AUTOTRADING if auto else OrderOrigin.MANUAL,
    )  # fmt: skip


def ends() -> list[OrderEvent]:
    """Return a refusal, a rejection and an expiry."""
    return [
        ended(2, "TSLA", "refused", "sector cap 35%: would be 37.1%"),
        ended(4, "GOOG", "rejected", "paper 403: symbol halted", auto=False),
        ended(7, "JPM", "expired", "limit not reached in 20 min"),
    ]
