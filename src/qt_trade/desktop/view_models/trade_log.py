"""The trades log: lines from fills and ended orders, filters over them, their sums, and as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from qt_trade.contract.payloads.portfolio import Trade
from qt_trade.contract.payloads.results import OrderEvent
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models import trade_log as model
from qt_trade.desktop.models.trade_log import LogRow
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words
from qt_trade.desktop.view_models.orders import origin_word
from qt_trade.model.orders import OrderOrigin

SPANS = ("Today", "Week", "Month", "All")
ORIGINS = ("All", "Auto", "Manual")
RESULTS = ("any", model.FILLED, model.REFUSED, model.REJECTED, model.EXPIRED, model.CANCELED)
_DAYS = {"Today": 0, "Week": 6, "Month": 30}
_ENDS = {
    "refused": model.REFUSED,
    "rejected": model.REJECTED,
    "expired": model.EXPIRED,
    "canceled": model.CANCELED,
}
_HEAD = (
    "time", "symbol", "side", "quantity", "price_usd", "value_usd", "fees_usd", "result",
    "detail", "realized_usd", "by", "order_id",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would take for a formula."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the log is shown."""

    span: str = SPANS[0]
    origin: str = ORIGINS[0]
    result: str = RESULTS[0]
    text: str = ""


def log_rows(desk: Snapshot, *, stale: bool) -> list[LogRow]:
    """Return every line that is known here, newest first."""
    events = desk.own_order_events()
    sent = {one.order_id: one.ts for one in events if one.event == "sent"}
    rows = [_fill(trade, sent.get(trade.order_id), stale=stale) for trade in desk.own_trades()]
    rows += [_end(one, stale=stale) for one in events if one.event in _ENDS]
    unique = {row.key: row for row in rows}
    return sorted(unique.values(), key=lambda row: row.at, reverse=True)


def _fill(trade: Trade, sent: datetime | None, *, stale: bool) -> LogRow:
    took = "" if sent is None else f"fill in {fmt.span((trade.ts - sent).total_seconds())}"
    parts = [part for part in (took, words.prose(trade.reason)) if part]
    return LogRow(
        key=trade.fill_id,
        at=trade.feed_ts,
        symbol=trade.symbol,
        side=trade.side.value,
        quantity=trade.qty,
        price=trade.price,
        value=trade.value,
        result=model.FILLED,
        detail=", ".join(parts),
        realized=trade.realized,
        by=origin_word(trade.origin),
        auto=trade.origin is OrderOrigin.AUTOTRADING,
        order_id=trade.order_id,
        fees=trade.fees,
        stale=stale,
    )


def _end(event: OrderEvent, *, stale: bool) -> LogRow:
    return LogRow(
        key=f"{event.order_id}/{event.event}",
        at=event.feed_ts,
        symbol=event.symbol,
        side=event.side.value,
        quantity=event.quantity - event.filled_qty,
        price=None,
        value=None,
        result=_ENDS[event.event],
        detail=words.prose(event.words),
        realized=None,
        by=origin_word(event.origin),
        auto=None if event.origin is None else event.origin is OrderOrigin.AUTOTRADING,
        order_id=event.order_id,
        stale=stale,
    )


def filtered(rows: Iterable[LogRow], filters: Filters, now: datetime | None) -> list[LogRow]:
    """Return the lines the filters let through. ``now``: the feed's time, which days count from."""
    since = _since(filters.span, now)
    wanted = filters.text.strip().lower()
    return [
        row
        for row in rows
        if (since is None or row.at >= since)
        and _fits_origin(row, filters.origin)
        and filters.result in {RESULTS[0], row.result}
        and (wanted in row.symbol.lower() or wanted in row.order_id.lower())
    ]


def _since(span: str, now: datetime | None) -> datetime | None:
    if now is None or span not in _DAYS:
        return None
    midnight = now.astimezone(fmt.NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=_DAYS[span])


def _fits_origin(row: LogRow, origin: str) -> bool:
    return origin == ORIGINS[0] or row.auto is (origin == "Auto")


def sums(rows: Sequence[LogRow]) -> dict[str, str]:
    """Return the sums of the lines that are shown."""
    fills = [row for row in rows if row.result == model.FILLED]
    closing = [row.realized for row in fills if row.realized is not None]
    realized = sum(closing, Decimal(0))
    return {
        "filled": f"{len(fills):,} filled",
        "value": fmt.number(sum((row.value or Decimal(0) for row in fills), Decimal(0))),
        "closed": words.count(len(closing), "closing fill"),
        "realized": fmt.signed(realized) if closing else fmt.MISSING,
        "tone": fmt.tone(realized) if closing else fmt.OFF,
    }


def as_csv(rows: Iterable[LogRow]) -> str:
    """Return lines as CSV: raw numbers, UTC times; no text that a spreadsheet would work out."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEAD)
    for row in rows:
        writer.writerow(
            (
                row.at.isoformat(), _plain(row.symbol), row.side, f"{row.quantity:f}",
                _raw(row.price), _raw(row.value), _raw(row.fees), row.result, _plain(row.detail),
                _raw(row.realized), row.by, _plain(row.order_id),
            )
        )  # fmt: skip
    return text.getvalue()


def _raw(number: Decimal | None) -> str:
    return "" if number is None else f"{number:f}"


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
