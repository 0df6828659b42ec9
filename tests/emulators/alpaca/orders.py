"""The orders of the emulated account, and what is refused about them at the door."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

CENT = Decimal("0.01")
OPEN = frozenset({"pending_new", "accepted", "new", "partially_filled", "held"})
REPLACEABLE = frozenset({"new", "held"})
NUMBERS = ("qty", "limit_price", "stop_price", "trail_price", "trail_percent")
KINDS = frozenset({"market", "limit", "stop", "stop_limit", "trailing_stop"})
FORCES = frozenset({"day", "gtc", "opg", "cls", "ioc", "fok"})
BODY_INVALID = 40010000
BAD_FIELD = 40010001
UNFIT = 42210000
FORBIDDEN = 40310000
UNKNOWN = 40410000


class RefusedError(Exception):
    """A request the broker refuses, in its own words."""

    def __init__(self, status: int, code: int, message: str, **extras: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"code": code, "message": message, **extras}


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of an order; ``cumulative`` is what was filled with it."""

    execution_id: str
    at: datetime
    price: Decimal
    quantity: Decimal
    cumulative: Decimal


@dataclass(slots=True, kw_only=True)
class BookOrder:
    """An order as the emulated broker has it. ``live``: it looks at the market."""

    id: str
    client_order_id: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    qty: Decimal
    at: datetime
    order_class: str = ""
    extended_hours: bool = False
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    hwm: Decimal | None = None
    status: str = "pending_new"
    live: bool = False
    triggered: bool = False
    parent: "BookOrder | None" = None
    legs: "list[BookOrder]" = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)
    replaces: str | None = None
    replaced_by: str | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.status in OPEN

    @property
    def filled(self) -> Decimal:
        return self.executions[-1].cumulative if self.executions else Decimal(0)

    @property
    def remaining(self) -> Decimal:
        return self.qty - self.filled

    @property
    def average(self) -> Decimal | None:
        if not self.executions:
            return None
        spent = sum((one.price * one.quantity for one in self.executions), Decimal(0))
        return spent / self.filled

    @property
    def group(self) -> "list[BookOrder]":
        """Every order it lives and dies with, itself included."""
        head = self.parent or self
        return [head, *head.legs]

    @property
    def exits(self) -> "list[BookOrder]":
        """The exits it is one of: of which together no more than one's shares may be sold."""
        head = self.parent or self
        if head.order_class == "oco":
            return [head, *head.legs]
        return head.legs if self.parent is not None else [self]


def number(body: dict[str, Any], name: str) -> Decimal | None:
    """Return a number the client wrote as a string or as a number."""
    given = body.get(name)
    if given is None:
        return None
    try:
        value = Decimal(str(given))
    except InvalidOperation:
        raise RefusedError(422, UNFIT, f"{name} is not a number") from None
    if value <= 0:
        raise RefusedError(422, UNFIT, f"{name} must be > 0")
    return value


def check(body: dict[str, Any]) -> None:
    """Hold the body of a new order against what Alpaca documents. Raises RefusedError."""
    if body.get("type") not in KINDS or body.get("side") not in {"buy", "sell"}:
        raise RefusedError(422, UNFIT, "invalid type or side")
    if body.get("time_in_force") not in FORCES:
        raise RefusedError(422, UNFIT, "invalid time_in_force")
    if len(str(body.get("client_order_id", ""))) > 128:
        raise RefusedError(422, UNFIT, "client_order_id must be no more than 128 characters")
    _check_prices(body)
    _check_hours(body)
    _check_quantity(body)
    _check_class(body)


def _check_prices(body: dict[str, Any]) -> None:
    kind = body["type"]
    needs = {
        "limit_price": kind in {"limit", "stop_limit"},
        "stop_price": kind in {"stop", "stop_limit"},
    }
    for name, needed in needs.items():
        price = number(body, name)
        if needed and price is None:
            raise RefusedError(422, UNFIT, f"{kind} orders require {name}")
        if not needed and price is not None:
            raise RefusedError(422, UNFIT, f"{kind} orders must not have {name}")
        check_grid(name, price)
    trails = [number(body, name) for name in ("trail_price", "trail_percent")]
    if (kind == "trailing_stop") != (sum(one is not None for one in trails) == 1):
        raise RefusedError(422, UNFIT, "trailing stop orders need trail_price or trail_percent")


def check_grid(name: str, price: Decimal | None) -> None:
    """Refuse a price that is finer than the market's: cents, below a dollar hundredths of one."""
    if price is None:
        return
    step = CENT if price >= 1 else Decimal("0.0001")
    if price % step:
        words = f"invalid {name} {price}. sub-penny increment does not fulfill minimum pricing"
        raise RefusedError(422, UNFIT, f"{words} criteria")


def _check_hours(body: dict[str, Any]) -> None:
    if not body.get("extended_hours"):
        return
    if body["type"] != "limit" or body["time_in_force"] not in {"day", "gtc"}:
        words = 'only type="limit" is allowed for extended hours orders'
        raise RefusedError(422, BAD_FIELD, words)


def _check_quantity(body: dict[str, Any]) -> None:
    quantity = number(body, "qty")
    if quantity is None:
        raise RefusedError(422, BAD_FIELD, "qty is required")
    if quantity % 1 == 0:
        return
    if body.get("order_class") not in {None, "", "simple"}:
        raise RefusedError(422, UNFIT, "fractional orders must be simple orders")
    if body["time_in_force"] != "day":
        raise RefusedError(422, UNFIT, "fractional orders must be DAY orders")
    if body["type"] == "trailing_stop":
        raise RefusedError(422, UNFIT, "fractional orders cannot trail")
    if -quantity.as_tuple().exponent > 9:
        raise RefusedError(422, UNFIT, "qty must be limited to 9 decimal places")


def _check_class(body: dict[str, Any]) -> None:
    kind, profit, loss = (body.get(name) for name in ("order_class", "take_profit", "stop_loss"))
    given = sum(one is not None for one in (profit, loss))
    if kind in {None, "", "simple"}:
        if given:
            raise RefusedError(422, UNFIT, "simple orders have no take_profit and no stop_loss")
        return
    needed = {"bracket": 2, "oco": 2, "oto": 1}.get(kind)
    if needed is None or given != needed:
        raise RefusedError(422, UNFIT, f"{kind} orders need take_profit and stop_loss")
    if body["time_in_force"] not in {"day", "gtc"}:
        raise RefusedError(422, UNFIT, f"{kind} orders must be DAY or GTC")
    for leg in (profit, loss):
        for name in ("limit_price", "stop_price"):
            check_grid(name, number(leg or {}, name))
    _check_apart(body)


def _check_apart(body: dict[str, Any]) -> None:
    profit = number(body.get("take_profit") or {}, "limit_price")
    loss = number(body.get("stop_loss") or {}, "stop_price")
    if profit is None or loss is None:
        return
    long = (body["side"] == "buy") != (body["order_class"] == "oco")
    if (profit <= loss) if long else (profit >= loss):
        raise RefusedError(
            422, UNFIT, "take_profit.limit_price must be beyond stop_loss.stop_price"
        )


def new_order(
    body: dict[str, Any], client_id: str, new_id: Callable[[], str], at: datetime
) -> BookOrder:
    """Return the order a checked body asks for, with its legs."""
    kind = str(body.get("order_class") or "")
    order = BookOrder(
        id=new_id(),
        client_order_id=client_id,
        symbol=body["symbol"],
        side=body["side"],
        type=body["type"],
        time_in_force=body["time_in_force"],
        qty=number(body, "qty") or Decimal(0),
        at=at,
        order_class=kind,
        extended_hours=bool(body.get("extended_hours")),
        limit_price=number(body, "limit_price"),
        stop_price=number(body, "stop_price"),
        trail_price=number(body, "trail_price"),
        trail_percent=number(body, "trail_percent"),
    )
    side = order.side if kind == "oco" else {"buy": "sell", "sell": "buy"}[order.side]
    profit, loss = body.get("take_profit"), body.get("stop_loss")
    if profit is not None and kind != "oco":
        order.legs.append(_leg(order, side, "limit", profit, new_id))
    if loss is not None:
        stop = "stop_limit" if loss.get("limit_price") is not None else "stop"
        order.legs.append(_leg(order, side, stop, loss, new_id))
    return order


def _leg(
    head: BookOrder, side: str, kind: str, prices: dict[str, Any], new_id: Callable[[], str]
) -> BookOrder:
    return BookOrder(
        id=new_id(),
        client_order_id=new_id(),
        symbol=head.symbol,
        side=side,
        type=kind,
        time_in_force=head.time_in_force,
        qty=head.qty,
        at=head.at,
        order_class=head.order_class,
        limit_price=number(prices, "limit_price"),
        stop_price=number(prices, "stop_price"),
        status="held",
        parent=head,
    )
