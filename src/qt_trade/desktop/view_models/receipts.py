"""What an emergency left behind: who, when, how, what the broker said twice, what it cost."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from qt_trade.contract.payloads.commands import Emergency
from qt_trade.contract.payloads.emergency import EmergencyLine, EmergencyReceipt
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words
from qt_trade.desktop.view_models.emergency import NAMES, after

_SHORT = {
    Emergency.STOP_ALL_TRADING: "Stop trading",
    Emergency.CANCEL_ALL_ORDERS: "Cancel all",
    Emergency.CLOSE_ALL_POSITIONS: "Close all",
    Emergency.RESUME: "Resume",
}
_HASH_ENDS = 12
_STEPS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """``steps`` and ``pairs`` are dicts that QML reads by name; the sold lines are a model."""

    known: bool = False
    key: str = ""
    when: str = ""
    title: str = ""
    mode: str = ""
    result: str = ""
    result_icon: str = ""
    result_tone: str = ""
    steps: tuple[Any, ...] = ()
    pairs: tuple[Any, ...] = ()
    journal: str = ""
    journal_full: str = ""
    words: str = ""
    sold_count: str = ""
    sold_value: str = ""
    sold_after: str = ""


def receipt_view(receipt: EmergencyReceipt | None, desk: Snapshot) -> ReceiptView:
    """Return one receipt in words."""
    if receipt is None:
        return ReceiptView()
    sold = [line for line in receipt.lines if line.filled]
    result, icon, tone = _result(receipt)
    last = max((line.after_s for line in sold if line.after_s is not None), default=None)
    how = f" ({receipt.how})" if receipt.how else ""
    return ReceiptView(
        known=True,
        key=receipt.command_id,
        when=f"{_day(receipt.began_at)}, {words.clock(receipt.began_at)}",
        title=f"{_SHORT[receipt.action]}, by {desk.name_of(receipt.by)}{how}",
        mode=receipt.mode,
        result=result,
        result_icon=icon,
        result_tone=tone,
        steps=tuple(
            {"name": _short(step.name), "after": after(step.after_s), "words": step.words}
            for step in receipt.steps[:_STEPS_SHOWN]
        ),
        pairs=tuple(_pairs(receipt)),
        journal=f"sha256 {_shortened(receipt.journal_hash)}" if receipt.journal_hash else "",
        journal_full=receipt.journal_hash,
        words=words.sentence(words.prose(receipt.words)),
        sold_count=f"{len(sold)} of {len(receipt.lines)}",
        sold_value=fmt.number(_sum([_value(line) for line in sold])),
        sold_after=after(last),
    )


def _short(name: str) -> str:
    """Return a step in one word: ``Orders canceled`` is ``Canceled``."""
    return words.prose(name.rsplit(maxsplit=1)[-1]) if name.split() else name


def sold_rows(receipt: EmergencyReceipt | None) -> list[dict[str, Any]]:
    """Return one row per position that was closed, in the order of their fills."""
    lines = () if receipt is None else receipt.lines
    ordered = sorted(lines, key=lambda line: (line.after_s is None, line.after_s or 0.0))
    return [
        {
            "symbol": line.symbol,
            "quantity": fmt.quantity(line.filled),
            "price": fmt.price(line.price),
            "value": fmt.number(_value(line)),
            "after": after(line.after_s) or words.NONE,
            "open": line.filled != line.qty,
            "words": words.prose(line.words or line.state),
        }
        for line in ordered
    ]


def receipt_rows(desk: Snapshot, selected: str) -> list[dict[str, Any]]:
    """Return one row per past action, newest first."""
    return [_row(receipt, desk, selected) for receipt in desk.own_receipts()]


def chosen(desk: Snapshot, command_id: str) -> EmergencyReceipt | None:
    """Return a receipt by its command, else the newest."""
    own = desk.own_receipts()
    same = [receipt for receipt in own if receipt.command_id == command_id]
    return next(iter([*same, *own]), None)


def receipt_of(desk: Snapshot, command_id: str) -> EmergencyReceipt | None:
    """Return the receipt of a command, None while there is none."""
    return next((one for one in desk.receipts if one.command_id == command_id), None)


def _row(receipt: EmergencyReceipt, desk: Snapshot, selected: str) -> dict[str, Any]:
    result, icon, tone = _result(receipt)
    return {
        "key": receipt.command_id,
        "when": when(receipt.began_at),
        "what": _SHORT[receipt.action],
        "name": NAMES[receipt.action],
        "by": desk.name_of(receipt.by),
        "scope": _scope(receipt),
        "took": words.span((receipt.ended_at - receipt.began_at).total_seconds()),
        "result": result,
        "icon": icon,
        "tone": tone,
        "selected": receipt.command_id == selected,
    }


def when(at: datetime) -> str:
    """Return a day and a minute as tables write them: ``Tue 17 Nov 11:02``."""
    return f"{_day(at)} {words.minute(at)}"


def _day(at: datetime) -> str:
    local = at.astimezone(words.NEW_YORK)
    return f"{local:%a} {local.day} {local:%b}"


def _scope(receipt: EmergencyReceipt) -> str:
    parts = []
    if receipt.positions_before and receipt.action is Emergency.CLOSE_ALL_POSITIONS:
        parts.append(words.count(receipt.positions_before, "position"))
    if receipt.orders_before:
        parts.append(words.count(receipt.orders_before, "order"))
    return ", ".join(parts) or "no new orders"


def _result(receipt: EmergencyReceipt) -> tuple[str, str, str]:
    if receipt.verified:
        return "verified", "check", "ok"
    left = receipt.counts[-1] if receipt.counts else None
    if left is not None and (left.positions or left.orders):
        return f"{left.positions} and {left.orders} left", "warning", "warn"
    return "not verified", "warning", "warn"


def _pairs(receipt: EmergencyReceipt) -> list[dict[str, str]]:
    pairs = []
    for place, count in enumerate(receipt.counts):
        asked = "Broker says" if place == 0 else "Asked again"
        said = f"{words.count(count.positions, 'position')}, {words.count(count.orders, 'order')}"
        pairs.append({"caption": f"{asked}, {words.clock(count.at)}", "value": said})
    canceled = f"{receipt.orders_canceled} of {receipt.orders_before}"
    pairs.append({"caption": "Orders cancelled", "value": canceled})
    if receipt.slippage_bp is not None or receipt.slippage is not None:
        bp = fmt.signed(receipt.slippage_bp, 1, " bp")
        pairs.append({"caption": "Slippage", "value": f"{bp}, {fmt.signed(receipt.slippage)} USD"})
    if receipt.action is not Emergency.RESUME:
        pairs.append({"caption": "AutoTrading", "value": "stopped until it is started by hand"})
    return pairs


def _value(line: EmergencyLine) -> Decimal | None:
    return None if line.price is None else line.price * line.filled


def _sum(values: list[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


def _shortened(text: str) -> str:
    if len(text) <= 2 * _HASH_ENDS:
        return text
    return f"{text[:_HASH_ENDS]}…{text[-_HASH_ENDS:]}"
