"""What the order ticket shows for a moment: fields, account after it, checks, and the button."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from qt_trade.contract.errors import NoReplyError
from qt_trade.contract.payloads.commands import Reply
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import rights, ticket_words, words
from qt_trade.desktop.view_models.freshness import AGEING_SHARE
from qt_trade.desktop.view_models.mode import LIVE, mode_of, words_of
from qt_trade.desktop.view_models.ticket import (
    KINDS,
    LIMIT,
    QUANTITY,
    TRAIL,
    Kind,
    Typed,
    Wrong,
    choices,
)
from qt_trade.desktop.view_models.ticket_words import Answered, Asked
from qt_trade.model.orders import Side
from qt_trade.model.shares import format_shares

SILENT = "Risk does not answer. Orders are locked."
_LATE_S = 10.0
"""An answer of risk that is older is amber: prices have moved since."""


@dataclass(frozen=True, slots=True)
class TicketView:
    """``values``, ``errors`` and ``hints`` by the names of the fields; ``shown``: those in use.

    ``order_words``: the order as the confirmation of real money repeats it.
    """

    symbol: str = ""
    bid_ask: str = words.NONE
    quote_note: str = ""
    quote_tone: str = "faint"
    mode: str = ""
    mode_words: str = ""
    live: bool = False
    side_index: int = 0
    kind_index: int = 1
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    in_force: tuple[str, ...] = ()
    in_force_index: int = 0
    extended: bool = False
    can_extend: bool = False
    trail_in_percent: bool = True
    held: str = ""
    what_if: tuple[Any, ...] = ()
    checks: tuple[Any, ...] = ()
    checks_words: str = ""
    checks_tone: str = "faint"
    checks_more: str = ""
    risk_note: str = ""
    risk_tone: str = "faint"
    risk_words: str = ""
    largest: str = ""
    largest_words: str = ""
    use: str = ""
    verb: str = "Send order"
    can_send: bool = False
    hint: str = rights.NO_LINK
    busy: bool = False
    order_words: str = ""
    result: str = ""
    result_tone: str = ""
    result_icon: str = ""


@dataclass(frozen=True, slots=True)
class Ticketed:
    """All that a ticket is at a moment.

    ``asking``: the typed order has no answer of risk yet. ``repeats``: an order was sent whose
    answer is not known; sending asks about that one.
    """

    typed: Typed
    wrong: Wrong | None
    asked: Asked
    asking: bool
    result: Answered
    busy: bool = False
    repeats: bool = False
    every_check: bool = False


def ticket_view(desk: Snapshot, wall: datetime, now: Ticketed) -> TicketView:
    """Return the ticket for this moment."""
    typed, mode = now.typed, mode_of(desk)
    reply = None if now.asking else now.asked.reply
    hint = _hint(desk, wall, now, reply)
    return TicketView(
        symbol=typed.symbol,
        mode=mode,
        mode_words=words_of(mode),
        live=mode == LIVE,
        side_index=0 if typed.side is Side.BUY else 1,
        kind_index=KINDS.index(typed.kind),
        values=typed.texts,
        errors=_errors(now.wrong),
        hints=_hints(typed, desk),
        shown=typed.fields,
        in_force=tuple(choice.value for choice in choices(typed.kind)),
        in_force_index=choices(typed.kind).index(typed.time_in_force),
        extended=typed.extended_hours,
        can_extend=typed.kind is Kind.LIMIT and typed.time_in_force in choices(Kind.BRACKET),
        trail_in_percent=typed.trail_in_percent,
        held=_held(desk, typed.symbol),
        verb=_verb(mode, typed, repeats=now.repeats),
        can_send=not hint and not now.busy,
        hint=hint,
        busy=now.busy,
        order_words=""
        if now.asked.question is None
        else ticket_words.described(now.asked.question),
        result=now.result.text,
        result_tone=now.result.tone,
        result_icon=now.result.icon,
        **_quote(desk, typed.symbol, wall),
        **_judged(desk, wall, now, reply),
    )


def _hint(desk: Snapshot, wall: datetime, now: Ticketed, reply: Reply | None) -> str:
    why = rights.objection(desk, wall)
    if why:
        return why
    if not mode_of(desk):
        return "The engine has not said whether money is real"
    if now.repeats:
        return ""
    if now.wrong is not None:
        return now.wrong.words
    return _risk_hint(now, reply)


def _risk_hint(now: Ticketed, reply: Reply | None) -> str:
    if now.asking:
        return "Asking risk"
    if reply is None:
        silent = isinstance(now.asked.error, NoReplyError)
        return (
            SILENT
            if silent or now.asked.error is None
            else f"Risk was not asked: {now.asked.error}"
        )
    if reply.accepted:
        return ""
    failed = next((one.words for one in reply.verdicts if not one.passed), "")
    return f"Refused by risk: {words.prose(reply.reason or failed)}"


def _errors(wrong: Wrong | None) -> dict[str, str]:
    return {} if wrong is None or wrong.missing else {wrong.field: wrong.words}


def _verb(mode: str, typed: Typed, *, repeats: bool) -> str:
    if repeats:
        return "Ask about the same order again"
    text = " ".join(part for part in ("Send", mode, typed.side.value.lower(), "order") if part)
    return f"{text}…" if mode == LIVE else text


def _held(desk: Snapshot, symbol: str) -> str:
    """Return what is held of a symbol, empty where nothing is: an OCO needs a position."""
    held = () if desk.positions is None else desk.positions.positions
    one = next((one for one in held if one.symbol == symbol), None)
    word = "" if one is None else "held" if one.side == "long" else "short"
    return "" if one is None else f"{format_shares(abs(one.qty))} {word}"


def _quote(desk: Snapshot, symbol: str, wall: datetime) -> dict[str, Any]:
    quote = desk.quotes.get(symbol)
    if quote is None:
        return {"quote_note": f"no quote of {symbol} yet" if symbol else ""}
    seconds = desk.quote_age_s(symbol, wall)
    stale = not desk.connected or desk.quotes_stale(symbol, wall)
    age = "" if seconds is None else f" · {fmt.span(seconds)}"
    both = f"{fmt.price(quote.bid)} × {fmt.price(quote.ask)}"
    return {
        "bid_ask": both,
        "quote_note": f"{fmt.price(quote.price)}{age}",
        "quote_tone": "warn" if stale else "faint",
    }


def _hints(typed: Typed, desk: Snapshot) -> dict[str, str]:
    """Return how far each price is from the limit, else from the last one, beside its field."""
    quote = desk.quotes.get(typed.symbol)
    base = _decimal(typed.text(LIMIT))
    if base is None and quote is not None:
        base = Decimal(repr(quote.price))
    found = {}
    for name in typed.fields:
        price = _decimal(typed.text(name))
        if name not in {QUANTITY, LIMIT, TRAIL} and price is not None and base:
            found[name] = fmt.percent(price / base - 1)
    return found


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _judged(desk: Snapshot, wall: datetime, now: Ticketed, reply: Reply | None) -> dict[str, Any]:
    if reply is None:
        return {"risk_words": "" if now.wrong is None else now.wrong.words}
    rows = ticket_words.check_rows(reply.verdicts, every=now.every_check)
    hidden = len(reply.verdicts) - len(rows.rows)
    what_if = reply.what_if
    return {
        "what_if": ticket_words.what_if_rows(what_if, now.asked.question),
        "checks": rows.rows,
        "checks_words": rows.words,
        "checks_tone": rows.tone,
        "checks_more": f"{hidden} more pass" if hidden > 0 else "",
        **_risk_note(desk, wall, now.asked),
        **_largest(reply, now.typed),
    }


def _risk_note(desk: Snapshot, wall: datetime, asked: Asked) -> dict[str, str]:
    if asked.at is None:
        return {}
    seconds = max(0.0, (wall - asked.at).total_seconds())
    late = seconds > _LATE_S * AGEING_SHARE or not desk.connected
    return {"risk_note": f"Risk · {fmt.span(seconds)}", "risk_tone": "warn" if late else "faint"}


def _largest(reply: Reply, typed: Typed) -> dict[str, str]:
    if reply.what_if is None:
        return {}
    most = reply.what_if.largest_quantity
    if most <= 0:
        return {"largest_words": "No quantity passes all checks"}
    text = format_shares(most)
    return {
        "largest": text,
        "largest_words": f"Largest quantity that passes all checks: {text}",
        "use": "" if typed.text(QUANTITY) == text.replace(",", "") else f"Use {text}",
    }
