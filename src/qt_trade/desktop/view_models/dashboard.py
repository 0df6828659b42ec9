"""The dashboard in words: the account, predictions, what happened, what is still open."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.portfolio import Order
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, outlook, words
from qt_trade.desktop.view_models.candidates import OPINION, candidates_words
from qt_trade.desktop.view_models.freshness import Freshness
from qt_trade.model.orders import OrderType


@dataclass(frozen=True, slots=True)
class DashboardView:
    """One field per word. Notes say source and age."""

    known: bool = False
    total: str = words.NONE
    day: str = words.NONE
    day_pct: str = ""
    day_tone: str = ""
    invested: str = words.NONE
    cash: str = words.NONE
    cash_words: str = ""
    unrealized: str = words.NONE
    unrealized_tone: str = ""
    unrealized_words: str = ""
    realized: str = words.NONE
    realized_tone: str = ""
    realized_words: str = ""
    commissions: str = words.NONE
    account: str = ""
    note: str = ""
    note_tone: str = "faint"
    stale: bool = False
    positions_known: bool = False
    positions_count: str = ""
    positions_note: str = ""
    positions_tone: str = "faint"
    positions_stale: bool = False
    total_day: str = ""
    total_day_tone: str = ""
    total_value: str = ""
    total_weight: str = ""
    total_unrealized: str = ""
    total_unrealized_tone: str = ""
    weight_cap: float = 0.0
    weight_words: str = ""
    predictions_known: bool = False
    predictions_note: str = ""
    predictions_tone: str = "faint"
    predictions_stale: bool = False
    predictions_model: str = ""
    candidates_known: bool = False
    candidates_count: str = ""
    candidates_note: str = ""
    candidates_tone: str = "faint"
    candidates_icon: str = "list"
    candidates_title: str = ""
    candidates_told: str = ""
    candidates_trouble: str = ""
    opinion: str = OPINION
    trades_count: str = ""
    trades_note: str = ""
    trades_tone: str = "faint"
    trades_stale: bool = False
    orders_known: bool = False
    orders_count: str = ""
    orders_note: str = ""
    orders_tone: str = "faint"
    orders_stale: bool = False


def dashboard_view(desk: Snapshot, wall: datetime) -> DashboardView:
    """Return the dashboard for this moment."""
    return DashboardView(
        **_summary(desk, wall),
        **_positions(desk, wall),
        **_predictions(desk, wall),
        **_candidates(desk, wall),
        **_trades(desk, wall),
        **_orders(desk, wall),
    )


def _fresh(prefix: str, fresh: Freshness) -> dict[str, Any]:
    return {
        f"{prefix}_note": fresh.note,
        f"{prefix}_tone": fresh.tone,
        f"{prefix}_stale": fresh.stale,
    }


def _summary(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    summary = desk.summary
    fresh = freshness.of(desk, registry.PORTFOLIO_SUMMARY, wall)
    view: dict[str, Any] = {"note": fresh.note, "note_tone": fresh.tone, "stale": fresh.stale}
    if summary is None:
        return view
    cash_share = _share(summary.cash_balance, summary.total_value)
    unrealized_share = _share(summary.unrealized_pl, _cost(desk))
    return view | {
        "known": True,
        "total": words.money(summary.total_value),
        "day": words.money(summary.day_change, signed=True),
        "day_pct": words.percentage(summary.day_change_pct),
        "day_tone": words.tone(summary.day_change),
        "invested": words.money(summary.invested_amount),
        "cash": words.money(summary.cash_balance),
        "cash_words": "" if cash_share is None else f"{words.plain_percent(cash_share)} of account",
        "unrealized": words.money(summary.unrealized_pl, signed=True),
        "unrealized_tone": words.tone(summary.unrealized_pl),
        "unrealized_words": ""
        if unrealized_share is None
        else f"{words.percent(unrealized_share)} of cost",
        "realized": words.money(summary.realized_today, signed=True),
        "realized_tone": words.tone(summary.realized_today),
        "realized_words": words.count(summary.trades_today, "fill") + " today",
        "commissions": words.money(summary.commissions_today),
        "account": summary.account,
    }


def _share(part: Decimal | None, whole: Decimal | None) -> float | None:
    if part is None or not whole:
        return None
    return float(part / whole)


def _cost(desk: Snapshot) -> Decimal | None:
    if desk.positions is None:
        return None
    return sum((abs(p.cost) for p in desk.positions.positions), Decimal(0))


def _positions(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    held = desk.positions
    cap = 0.0 if desk.risk_settings is None else desk.risk_settings.position_weight_max
    view: dict[str, Any] = {
        "weight_cap": cap,
        "weight_words": f"bar: share of the {words.plain_percent(cap)} cap" if cap else "",
        **_fresh("positions", freshness.of(desk, registry.PORTFOLIO_POSITIONS, wall)),
    }
    if held is None:
        return view
    unrealized = _sum([p.unrealized_pl for p in held.positions])
    day = _sum([p.day_pl for p in held.positions])
    return view | {
        "positions_known": True,
        "positions_count": str(len(held.positions)) if held.positions else "",
        "total_day": words.money(day, signed=True),
        "total_day_tone": words.tone(day),
        "total_value": words.money(_sum([p.market_value for p in held.positions])),
        "total_weight": f"{sum(p.weight or 0.0 for p in held.positions):.1%}",
        "total_unrealized": words.money(unrealized, signed=True),
        "total_unrealized_tone": words.tone(unrealized),
    }


def _sum(values: list[Decimal | None]) -> Decimal | None:
    """Return the sum; None when one is missing, because a partial total would be a wrong one."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


def _predictions(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    current = desk.predictions
    fresh = freshness.of(desk, registry.PREDICTIONS_CURRENT, wall)
    if current is None or fresh.stale:
        known = {"predictions_known": current is not None}
        model = "" if current is None else current.model
        return known | {"predictions_model": model} | _fresh("predictions", fresh)
    now = desk.feed_now(wall)
    ago = "" if now is None else f" · {words.age(current.feed_ts, now)}"
    return {
        "predictions_known": True,
        "predictions_model": current.model,
        "predictions_note": f"{words.minute(current.feed_ts)} ET{ago}",
        "predictions_tone": "warn" if outlook.is_old(desk, wall) else "faint",
    }


def _candidates(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    told = candidates_words(desk, wall)
    return {f"candidates_{one.name}": getattr(told, one.name) for one in fields(told)}


def _trades(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    trades = desk.own_trades()
    last = trades[-1].feed_ts if trades else None
    count = {"trades_count": str(len(trades)) if trades else ""}
    # Who writes the fills is silent: there may be more of them than are shown.
    fresh = freshness.of(desk, registry.TRADING_STATUS, wall)
    if fresh.stale:
        return count | _fresh("trades", fresh)
    note = "" if last is None else f"Engine · last {words.clock(last)} ET"
    return count | {"trades_note": note}


def _orders(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    active = desk.orders
    view = _fresh("orders", freshness.of(desk, registry.ACTIVE_ORDERS, wall))
    if active is None:
        return view
    count = str(len(active.orders)) if active.orders else ""
    return view | {"orders_known": True, "orders_count": count}


def order_rows(desk: Snapshot) -> list[dict[str, Any]]:
    """Return the orders that may still be filled."""
    return [] if desk.orders is None else [_order(order) for order in desk.orders.orders]


def _order(order: Order) -> dict[str, str]:
    limit = order.limit_price
    price = f"limit {words.money(limit)}" if order.order_type is OrderType.LIMIT else "market"
    return {
        "id": order.order_id,
        "time": words.clock(order.created_at),
        "symbol": order.symbol,
        "what": f"{order.side.value.lower()} {order.quantity:,}, {price}",
        "filled": f"{order.filled_qty:,} of {order.quantity:,}",
        "status": order.status.value.replace("_", " "),
        "origin": order.origin.value,
    }
