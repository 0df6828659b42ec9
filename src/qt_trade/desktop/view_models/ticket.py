"""The order ticket: from what was typed to a command, and from the reply to words."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from qt_trade.contract.errors import ContractError, DisconnectedError, NoReplyError
from qt_trade.contract.payloads.commands import Reply, SubmitOrder
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import rights, words
from qt_trade.model.orders import OrderType, Side, TimeInForce
from qt_trade.model.shares import shares


@dataclass(frozen=True, slots=True)
class TicketView:
    """``result`` is the last answer; the errors stand under their fields."""

    can_send: bool = False
    hint: str = "No connection to Redis"
    busy: bool = False
    quantity_error: str = ""
    limit_error: str = ""
    estimate: str = ""
    result: str = ""
    result_tone: str = ""
    result_icon: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields."""

    symbol: str
    side: Side
    quantity: str
    order_type: OrderType
    limit: str


def checked(view: TicketView, typed: Typed) -> TicketView:
    """Return the view with what is wrong in words, or with none of it."""
    quantity_error = "" if _quantity(typed.quantity) else "A number of shares, such as 12"
    limit_error = ""
    if typed.order_type is OrderType.LIMIT and _price(typed.limit) is None:
        limit_error = "A price such as 187.30"
    return replace(view, quantity_error=quantity_error, limit_error=limit_error)


def order(typed: Typed, command_id: str, desk: Snapshot, wall: datetime) -> SubmitOrder | None:
    """Return the command, or None while a field is wrong or the feed is not known."""
    quantity = _quantity(typed.quantity)
    limit = _price(typed.limit) if typed.order_type is OrderType.LIMIT else None
    missing = typed.order_type is OrderType.LIMIT and limit is None
    if quantity is None or missing or desk.market_status is None:
        return None
    return SubmitOrder(
        ts=wall,
        source="desktop",
        feed=desk.market_status.feed,
        session_id=desk.session_id,
        command_id=command_id,
        symbol=typed.symbol,
        side=typed.side,
        quantity=quantity,
        order_type=typed.order_type,
        limit_price=limit,
        time_in_force=TimeInForce.DAY,
    )


def allowed(view: TicketView, desk: Snapshot, typed: Typed, wall: datetime) -> TicketView:
    """Return the view with whether the button is on, and what the order would cost."""
    hint = rights.objection(desk, wall)
    if not hint and desk.trading_status is None:
        hint = "No engine heard yet"
    return replace(view, can_send=not hint, hint=hint, estimate=_estimate(desk, typed))


def cleared(view: TicketView) -> TicketView:
    """Return the view for other content: no errors, no old answer."""
    return TicketView(can_send=view.can_send, hint=view.hint)


def sending(view: TicketView) -> TicketView:
    """Return the view while the answer is awaited."""
    return replace(view, busy=True, result="Sent, waiting for the engine", result_tone="muted")


def answered(
    view: TicketView, sent: SubmitOrder, reply: Reply | None, error: ContractError | None
) -> TicketView:
    """Return the view with how the command ended."""
    what = f"{sent.side.value.capitalize()} {sent.quantity:,} {sent.symbol}"
    if reply is not None and reply.accepted:
        rest = f": {reply.reason}" if reply.reason else ""
        return _result(view, f"{what} accepted{rest}", "ok", "check")
    if reply is not None:
        return _result(view, f"{what} refused: {reply.reason}", "crit", "cross")
    if isinstance(error, NoReplyError):
        unknown = f"{what}: UNKNOWN, no answer yet. Sending again asks about the same order."
        return _result(view, unknown, "warn", "question")
    if isinstance(error, DisconnectedError):
        return _result(view, f"{what} not sent: no connection to Redis", "crit", "cross")
    return _result(view, f"{what} not sent: {error}", "crit", "cross")


def _result(view: TicketView, text: str, tone: str, icon: str) -> TicketView:
    return replace(view, busy=False, result=text, result_tone=tone, result_icon=icon)


def _estimate(desk: Snapshot, typed: Typed) -> str:
    quantity, quote = _quantity(typed.quantity), desk.quotes.get(typed.symbol)
    limit = _price(typed.limit) if typed.order_type is OrderType.LIMIT else None
    if quantity is None:
        return words.NONE
    if limit is not None:
        return f"{words.money(quantity * limit)} USD"
    if quote is None or typed.order_type is OrderType.LIMIT:
        return words.NONE
    near = quote.ask if typed.side is Side.BUY else quote.bid
    return f"about {words.money(quantity * Decimal(repr(near or quote.price)))} USD"


def _quantity(text: str) -> Decimal | None:
    try:
        quantity = shares(text.strip().replace(",", ""))
    except ValueError:
        return None
    return quantity if quantity > 0 else None


def _price(text: str) -> Decimal | None:
    try:
        price = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price > 0 else None
