"""What the backend said of a typed order, in the words of the ticket; nothing is worked out here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from qt_trade.contract.errors import ContractError, DisconnectedError, NoReplyError
from qt_trade.contract.payloads.commands import (
    Reply,
    RiskQuestion,
    SubmitOrder,
    Ticket,
    Verdict,
    WhatIf,
)
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.view_models import words
from qt_trade.model.orders import OrderClass, OrderType
from qt_trade.model.shares import format_shares

CHECKS_SHOWN = 8
_TYPES = {
    OrderType.MARKET: "at market",
    OrderType.LIMIT: "limit",
    OrderType.STOP: "stop",
    OrderType.STOP_LIMIT: "stop limit",
    OrderType.TRAILING_STOP: "trailing stop",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The order risk was asked about last, and its answer. ``at``: when that came."""

    question: RiskQuestion | None = None
    reply: Reply | None = None
    error: ContractError | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to an order that was sent."""

    text: str = ""
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class CheckRows:
    """All rows, those that fail first, and how many pass in words."""

    rows: tuple[dict[str, Any], ...] = field(default=())
    words: str = ""
    tone: str = "faint"


def described(order: Ticket) -> str:
    """Return an order as a person says it: ``Buy 3 NVDA, limit 187.30, GTC``."""
    parts = [f"{order.side.value.capitalize()} {format_shares(order.quantity)} {order.symbol}"]
    parts.append(_priced(order))
    parts.extend(_exits(order))
    parts.append(order.time_in_force.value)
    if order.extended_hours:
        parts.append("extended hours")
    return ", ".join(parts)


def _priced(order: Ticket) -> str:
    if order.order_class is OrderClass.OCO:
        return f"take profit {fmt.price(order.limit_price)}"
    if order.order_type is OrderType.TRAILING_STOP:
        by = (
            f"{fmt.price(order.trail_price)} USD"
            if order.trail_price is not None
            else words.plain_percent((order.trail_bp or 0) / 10_000, places=2)
        )
        return f"trailing stop, {by} behind"
    prices = [fmt.price(p) for p in (order.stop_price, order.limit_price) if p is not None]
    return " ".join([_TYPES[order.order_type], " / ".join(prices)]).strip()


def _exits(order: Ticket) -> list[str]:
    parts = []
    if order.take_profit is not None:
        parts.append(f"take profit {fmt.price(order.take_profit)}")
    if order.stop_loss is not None:
        limit = order.stop_loss_limit
        beyond = "" if limit is None else f" limit {fmt.price(limit)}"
        parts.append(f"stop loss {fmt.price(order.stop_loss)}{beyond}")
    return parts


def what_if_rows(what_if: WhatIf | None, order: RiskQuestion | None) -> tuple[dict[str, Any], ...]:
    """Return the account before and after, line by line; what is not known says so."""
    if what_if is None or order is None:
        return ()
    rows = [
        _row(_cost_label(order), _usd(what_if.cost, " USD")),
        _row("Commission, slippage", _costs(what_if)),
        _row(
            "Free cash after", _usd(what_if.free_cash_after), _share(what_if.free_cash_after_weight)
        ),
        _change(f"{order.symbol} weight", what_if.weight_before, what_if.weight_after),
        _change(
            words.prose(what_if.sector) or "Sector", what_if.sector_before, what_if.sector_after
        ),
    ]
    if what_if.loss_at_stop is not None:
        rows.append(_row("Loss at stop", fmt.signed(what_if.loss_at_stop)))
    return tuple(rows)


def _cost_label(order: RiskQuestion) -> str:
    verb = "Cost" if order.side.value == "BUY" else "Proceeds"
    return f"{verb} at limit" if order.limit_price is not None else verb


def _row(label: str, value: str, more: str = "", before: str = "") -> dict[str, Any]:
    return {"label": label, "before": before, "value": value, "more": more}


def _change(label: str, before: float | None, after: float | None) -> dict[str, Any]:
    shown = f"{fmt.share(before)} →" if before is not None and after is not None else ""
    return _row(label, fmt.share(after), before=shown)


def _usd(amount: Decimal | None, unit: str = "") -> str:
    text = fmt.number(amount)
    return text if text == fmt.MISSING else f"{text}{unit}"


def _share(fraction: float | None) -> str:
    return "" if fraction is None else fmt.share(fraction)


def _costs(what_if: WhatIf) -> str:
    slippage = what_if.slippage_bp
    bp = fmt.MISSING if slippage is None else f"{fmt.number(slippage, 1)} bp"
    return f"{fmt.number(what_if.commission)}, {bp}"


def check_rows(verdicts: Sequence[Verdict], *, every: bool) -> CheckRows:
    """Return the risk checks: what fails, what a person should know, then those with figures."""
    if not verdicts:
        return CheckRows()
    ordered = sorted(verdicts, key=lambda one: (one.passed, not one.warning, not one.value))
    failed = sum(not one.passed for one in verdicts)
    shown = ordered if every else ordered[: max(CHECKS_SHOWN, failed)]
    return CheckRows(
        rows=tuple(_check(one) for one in shown),
        words=f"{failed} of {len(verdicts)} fail"
        if failed
        else f"{len(verdicts)} of {len(verdicts)} pass",
        tone="crit" if failed else "ok",
    )


def _check(verdict: Verdict) -> dict[str, Any]:
    title = words.prose(verdict.rule.replace("_", " "))
    tone = "crit" if not verdict.passed else "warn" if verdict.warning else "ok"
    icon = {"crit": "cross", "warn": "warning", "ok": "check"}[tone]
    said = words.prose(verdict.words)
    # "Stopped" with a tick would say the opposite of what is meant: without figures, its words.
    plain = tone == "ok" and not verdict.value and bool(said)
    return {
        "title": said if plain else f"{title} {verdict.limit}".strip(),
        "value": verdict.value,
        # A refusal names the rule, the value and the limit; where it has no figures, in words.
        "words": said if tone == "warn" or (tone == "crit" and not verdict.value) else "",
        "hint": said,
        "tone": tone,
        "icon": icon,
    }


def answered(sent: SubmitOrder, reply: Reply | None, error: ContractError | None) -> Answered:
    """Return how an order that was sent ended."""
    what = described(sent)
    if reply is not None and reply.accepted:
        rest = f": {words.prose(reply.reason)}" if reply.reason else ""
        return Answered(f"{what}: accepted{rest}", "ok", "check")
    if reply is not None:
        return Answered(f"{what}: refused. {words.prose(reply.reason)}", "crit", "cross")
    if isinstance(error, NoReplyError):
        unknown = f"{what}: UNKNOWN, no answer yet. Sending again asks about the same order."
        return Answered(unknown, "warn", "question")
    if isinstance(error, DisconnectedError):
        return Answered(f"{what}: not sent, no connection to Redis", "crit", "cross")
    return Answered(f"{what}: not sent, {error}", "crit", "cross")
