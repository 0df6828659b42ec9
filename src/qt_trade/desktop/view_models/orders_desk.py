"""The open orders at work: which is selected, what is changed of it, what is cancelled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from PySide6.QtCore import Property, QObject, Signal, Slot

from qt_trade.contract import registry
from qt_trade.contract.payloads.base import WrongFieldError
from qt_trade.contract.payloads.commands import ReplaceOrder
from qt_trade.contract.payloads.portfolio import Order
from qt_trade.desktop.link import DeskLink
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, rights, words
from qt_trade.desktop.view_models import orders as shown
from qt_trade.desktop.view_models.requests import Requests
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock
from qt_trade.model.orders import OrderStatus
from qt_trade.model.shares import format_shares

CANCEL, CHANGE = "cancel", "change"
_CHANGEABLE = ("quantity", "limit_price", "stop_price", "trail_price", "trail_bp")


@dataclass(frozen=True, slots=True)
class OrdersView:
    """``life``: the way of the selected order, else of the first that nobody knows.

    ``edit``: what stands in the fields of the order that is being changed; ``fields``: its fields.
    """

    known: bool = False
    count: str = ""
    note: str = ""
    note_tone: str = "faint"
    stale: bool = False
    down: bool = False
    down_words: str = ""
    selected: str = ""
    can_cancel: bool = False
    cancel_title: str = ""
    cancel_words: str = ""
    can_cancel_all: bool = False
    cancel_all: str = "Cancel all"
    cancel_all_words: str = ""
    hint: str = ""
    has_life: bool = False
    life: Mapping[str, Any] = field(default_factory=dict)
    unknown: int = 0
    editing: str = ""
    edit: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    edit_error: str = ""
    can_apply: bool = False


class OrdersDesk(QObject):
    """Whatever is asked of an order is asked of the engine; nothing here pretends it was done."""

    cancelWanted = Signal()  # noqa: N815  # Qt's names
    """The selected order: ask before it is cancelled."""
    cancelAllWanted = Signal()  # noqa: N815

    def __init__(
        self, link: DeskLink, desk: Snapshot, requests: Requests, clock: Clock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link, self._desk, self._requests, self._clock = link, desk, requests, clock
        self._selected, self._editing, self._error = "", "", ""
        self._edit: dict[str, str] = {}
        self._seen: tuple[object, ...] = (None,) * 5
        self._state = view_state(OrdersView(), self)
        self._rows = RowsModel(self)

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @Property(QObject, constant=True)
    def rows(self) -> RowsModel:
        return self._rows

    def show(self, wall: datetime) -> None:
        """Take over the snapshot; an order that has ended is neither selected nor changed."""
        self._drop_what_ended()
        desk = self._desk
        # Ages are told in whole seconds; the window may be shown sixty times in one.
        seen = (desk.orders, int(wall.timestamp()), self._selected, self._editing, desk.connected)
        if any(a is not b and a != b for a, b in zip(seen, self._seen, strict=True)):
            self._seen = seen
            self._rows.show(shown.order_rows(desk, wall, self._selected, self._editing))
        self._state.show(self._view(wall))

    # What the page asks for

    @Slot(str)
    def select(self, order_id: str) -> None:
        """Point at an order; its way is shown."""
        self._selected = "" if order_id == self._selected else order_id
        self.show(self._clock.now())

    @Slot(int)
    def move(self, by: int) -> None:
        """Point at the row above or below."""
        ids = [row["id"] for row in self._rows.rows]
        if ids:
            at = ids.index(self._selected) + by if self._selected in ids else 0
            self._selected = ids[max(0, min(len(ids) - 1, at))]
            self.show(self._clock.now())

    @Slot()
    def askCancel(self) -> None:  # noqa: N802
        """Ask a person whether the selected order is to be cancelled."""
        if self._view(self._clock.now()).can_cancel:
            self.cancelWanted.emit()

    @Slot(str)
    def askCancelOf(self, order_id: str) -> None:  # noqa: N802
        """Ask a person whether this order is to be cancelled."""
        self._selected = order_id
        self.show(self._clock.now())
        self.askCancel()

    @Slot()
    def cancelSelected(self) -> None:  # noqa: N802
        """Ask the engine to cancel the selected order."""
        self.cancel(self._selected)

    @Slot(str)
    def cancel(self, order_id: str) -> None:
        """Ask the engine to cancel an order."""
        wish = self._requests.cancel(order_id, self._clock.now())
        if wish is not None:
            self._link.send(CANCEL, registry.MANUAL_ORDERS, wish)

    @Slot()
    def askCancelAll(self) -> None:  # noqa: N802
        """Ask a person whether all orders are to be cancelled."""
        if self._view(self._clock.now()).can_cancel_all:
            self.cancelAllWanted.emit()

    @Slot()
    def cancelAll(self) -> None:  # noqa: N802
        """Ask the engine to cancel each open order; AutoTrading goes on, unlike in an emergency."""
        orders = () if self._desk.orders is None else self._desk.orders.orders
        for order in orders:
            if not order.cancel_asked:
                self.cancel(order.order_id)

    @Slot(str)
    def beginChange(self, order_id: str) -> None:  # noqa: N802
        """Open the fields of an order."""
        order = shown.find(self._desk, order_id)
        if order is not None and not shown.is_locked(order):
            self._selected = self._editing = order_id
            self._edit, self._error = _texts(order), ""
            self.show(self._clock.now())

    @Slot(str, str)
    def type(self, name: str, text: str) -> None:
        """Take over what stands in a field of the order that is being changed."""
        self._edit[name], self._error = text, ""
        self.show(self._clock.now())

    @Slot()
    def keep(self) -> None:
        """Leave the order as it is."""
        self._editing, self._error = "", ""
        self.show(self._clock.now())

    @Slot()
    def apply(self) -> None:
        """Ask the engine to change the order."""
        order, wall = shown.find(self._desk, self._editing), self._clock.now()
        if order is None or not self._view(wall).can_apply:
            return
        wish = self._replacement(order, wall)
        if isinstance(wish, str):
            self._error = wish
        else:
            self._link.send(CHANGE, registry.MANUAL_ORDERS, wish)
            self._editing = ""
        self.show(wall)

    # Inside

    def _drop_what_ended(self) -> None:
        if self._selected and shown.find(self._desk, self._selected) is None:
            self._selected = ""
        editing = shown.find(self._desk, self._editing) if self._editing else None
        if editing is None or shown.is_locked(editing):
            self._editing = ""

    def _replacement(self, order: Order, wall: datetime) -> ReplaceOrder | str:
        before = _texts(order)
        changes: dict[str, Any] = {}
        for name, text in self._edit.items():
            if text.strip() == before.get(name):
                continue
            number = _number(text)
            if number is None:
                return f"{_label(name)}: a number such as 12.5 is needed"
            changes[name] = int(number) if name == "trail_bp" else number
        try:
            return ReplaceOrder(**self._requests.stamp(wall), order_id=order.order_id, **changes)
        except WrongFieldError as error:
            return words.prose(str(error).replace("_", " "))

    def _view(self, wall: datetime) -> OrdersView:
        desk = self._desk
        if desk.orders is None:
            return OrdersView()
        fresh = freshness.of(desk, registry.ACTIVE_ORDERS, wall)
        why = rights.objection(desk, wall)
        every = desk.orders.orders
        unknown = [one for one in every if one.status is OrderStatus.UNKNOWN]
        chosen = shown.find(desk, self._selected)
        told = chosen or (unknown[0] if unknown else None)
        now = desk.backend_now(wall)
        leaving = [one for one in every if not one.cancel_asked]
        return OrdersView(
            known=True,
            count=str(len(every)) if every else "",
            note=fresh.note,
            note_tone=fresh.tone,
            stale=fresh.stale,
            down=desk.connected and fresh.stale,
            down_words=f"Orders are locked. Last answer "
            f"{freshness.last_answer(desk, registry.ACTIVE_ORDERS)}.",
            selected=self._selected,
            can_cancel=chosen is not None and not shown.is_locked(chosen) and not why,
            cancel_title="" if chosen is None else f"Cancel {_what(chosen)}?",
            cancel_words="" if chosen is None else _cancel_words(chosen),
            can_cancel_all=bool(leaving) and not why,
            cancel_all=f"Cancel all {len(leaving)}" if leaving else "Cancel all",
            cancel_all_words=_cancel_all_words(leaving),
            hint=why,
            has_life=told is not None,
            life={} if told is None else shown.life_of(told, now),
            unknown=len(unknown),
            editing=self._editing,
            edit=dict(self._edit),
            fields=tuple(self._edit),
            edit_error=self._error,
            can_apply=bool(self._editing) and self._is_changed() and not why,
        )

    def _is_changed(self) -> bool:
        order = shown.find(self._desk, self._editing)
        if order is None:
            return False
        before = _texts(order)
        return any(text.strip() != before.get(name) for name, text in self._edit.items())


def _texts(order: Order) -> dict[str, str]:
    """Return what of an order may be changed, as text."""
    given = {name: getattr(order, name) for name in _CHANGEABLE}
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else str(value)
        for name, value in given.items()
        if value is not None
    }


def _label(name: str) -> str:
    return words.prose(name.replace("_", " "))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _what(order: Order) -> str:
    side = order.side.value.lower()
    return f"{side} {format_shares(order.quantity)} {order.symbol}, {shown.price_of(order)}"


def _cancel_words(order: Order) -> str:
    left = format_shares(order.quantity - order.filled_qty)
    pair = " Its exits go with it." if order.take_profit or order.stop_loss else ""
    exits = " The position is then without this exit." if order.parent_id else ""
    return f"{left} shares are not filled yet; what is filled stays.{pair}{exits}"


def _cancel_all_words(leaving: list[Order]) -> str:
    names = ", ".join(dict.fromkeys(one.symbol for one in leaving))
    return (
        f"Exits at the broker go, too: positions are then without them. Orders in {names}. "
        "AutoTrading goes on; the page of risk has the step that stops it as well."
    )
