"""Positions, their lots and their sectors in words, and our books against the broker's."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.portfolio import Position
from qt_trade.contract.payloads.reconciliation import Difference
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.holdings import HoldingRow
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, words

NEAR = 0.8
"""From this share of a cap on, a bar is amber."""


def holding_rows(desk: Snapshot, wall: datetime) -> list[HoldingRow]:
    """Return one row per position, the heaviest first."""
    held = desk.positions
    if held is None:
        return []
    cap = None if desk.risk_settings is None else desk.risk_settings.position_weight_max
    stale = not desk.connected or freshness.is_silent(desk, registry.PORTFOLIO_POSITIONS, wall)
    now = desk.feed_now(wall)
    heaviest = sorted(held.positions, key=lambda p: (-(p.weight or 0.0), p.symbol))
    return [_holding(one, cap, now, stale=stale) for one in heaviest]


def _holding(one: Position, cap: float | None, now: datetime | None, *, stale: bool) -> HoldingRow:
    percent = one.day_change_pct
    return HoldingRow(
        symbol=one.symbol,
        quantity=one.qty,
        sector=one.sector,
        average_cost=one.avg_entry_price,
        last=one.last,
        day_fraction=None if percent is None else percent / 100,
        day_pl=one.day_pl,
        value=one.market_value,
        unrealized=one.unrealized_pl,
        unrealized_fraction=_share(one.unrealized_pl, abs(one.cost)),
        weight=one.weight,
        weight_cap=cap,
        stop=one.stop,
        target=one.target,
        exits_words=one.exits_words,
        held_s=_since(one.opened_at, now),
        age_s=_since(one.last_ts, now),
        stale=stale,
    )


def _share(part: Decimal | None, whole: Decimal) -> float | None:
    return None if part is None or not whole else float(part / whole)


def _since(at: datetime | None, now: datetime | None) -> float | None:
    # Whole seconds: what is older than a minute must not be painted anew every frame.
    if at is None or now is None:
        return None
    return float(round(max(0.0, (now - at).total_seconds())))


def unrealized_share(desk: Snapshot) -> float | None:
    """Return the unrealised profit of all positions, of what they cost."""
    held = () if desk.positions is None else desk.positions.positions
    known = [one.unrealized_pl for one in held if one.unrealized_pl is not None]
    if len(known) != len(held):
        return None
    return _share(sum(known, Decimal(0)), sum((abs(one.cost) for one in held), Decimal(0)))


def chosen(desk: Snapshot, symbol: str) -> Position | None:
    """Return the position of a symbol, else the heaviest one."""
    held = () if desk.positions is None else desk.positions.positions
    heaviest = sorted(held, key=lambda p: (-(p.weight or 0.0), p.symbol))
    same = [one for one in heaviest if one.symbol == symbol]
    return next(iter([*same, *heaviest]), None)


def lot_rows(one: Position | None) -> list[dict[str, str]]:
    """Return the tax lots of a position, the first in first: those that are sold first."""
    if one is None:
        return []
    return [_lot(lot.opened_at, lot.qty, lot.cost) for lot in one.lots]


def _lot(at: datetime | None, qty: Decimal, cost: Decimal) -> dict[str, str]:
    return {
        "when": "not known" if at is None else f"{words.date(at)} {words.minute(at)}",
        "day": "not known" if at is None else words.date(at),
        "quantity": fmt.quantity(qty),
        "price": fmt.price(cost / qty if qty else None),
        "cost": fmt.number(cost),
    }


def sector_rows(desk: Snapshot, cap: float | None) -> list[dict[str, Any]]:
    """Return what each sector weighs, the heaviest first, as a share of the cap where there is one."""
    sectors = () if desk.summary is None else desk.summary.sectors
    heaviest = sorted(sectors, key=lambda sector: -sector.weight)
    return [bar(sector.sector or "Not known", sector.weight, cap) for sector in heaviest]


def bar(name: str, weight: float, cap: float | None) -> dict[str, Any]:
    """Return a weight as a bar: of its cap, else of the whole account."""
    used = abs(weight) / cap if cap else abs(weight)
    over = "crit" if used >= 1 else "warn" if used >= NEAR else "accent"
    return {
        "name": name,
        "weight": fmt.share(weight),
        "share": min(1.0, used),
        "tone": over if cap else "accent",
    }


def difference_rows(desk: Snapshot, wall: datetime) -> list[dict[str, str]]:
    """Return what nobody has explained, line by line."""
    books = desk.reconciliation
    found = () if books is None else books.differences
    return [_difference(one, desk.backend_now(wall)) for one in found]


def _difference(one: Difference, now: datetime) -> dict[str, str]:
    kind, _, symbol = one.key.partition(":")
    return {
        "key": one.key,
        "name": f"{words.prose(kind)} {symbol}".strip(),
        "ours": one.ours,
        "brokers": one.brokers,
        "since": words.age(one.since, now),
        "words": words.sentence(words.prose(one.words)),
    }


def books_words(desk: Snapshot) -> tuple[str, str, str]:
    """Return how our books stand against the broker's: words, their icon and their tone."""
    books = desk.reconciliation
    if books is None:
        return "Not compared with the broker yet", "question", "warn"
    checked = "" if books.checked_at is None else f", checked {words.clock(books.checked_at)}"
    if not desk.connected:
        return f"Books not known now{checked}", "question", "warn"
    if books.differences:
        many = words.count(len(books.differences), "difference")
        return f"{many} to the broker{checked}", "warning", "warn"
    if books.matches is None or books.checked_at is None:
        why = f": {words.prose(books.words)}" if books.words else ""
        return f"Not compared with the broker yet{why}", "question", "warn"
    if not books.matches:
        return f"Does not match the broker{checked}", "warning", "warn"
    return f"Matches broker{checked}", "check", "ok"
