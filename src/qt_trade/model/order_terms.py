"""What an order may ask for together: one rule book for the edge, the engine and the brokers."""

from dataclasses import dataclass
from enum import StrEnum

from qt_trade.model.money import Usd
from qt_trade.model.shares import Shares, whole


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        """The side that undoes this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"
    TRAILING_STOP = "TRAILING_STOP"


class TimeInForce(StrEnum):
    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderClass(StrEnum):
    """What belongs to an order.

    BRACKET: an entry whose exits wait at the broker until it is filled. OCO: a take-profit limit
    with a stop beside it; the first to fill cancels the other.
    """

    SIMPLE = "SIMPLE"
    BRACKET = "BRACKET"
    OCO = "OCO"


@dataclass(frozen=True, slots=True)
class Exits:
    """The prices a position is left at. ``stop_limit`` makes the stop a stop-limit order."""

    take_profit: Usd | None = None
    stop_loss: Usd | None = None
    stop_limit: Usd | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything of an order that can contradict itself; the names are those of its fields.

    ``trail_price``: how far a trailing stop follows behind, in USD per share; ``trail_bp``: the
    same in basis points of the price.
    """

    side: Side
    quantity: Shares
    order_type: OrderType
    time_in_force: TimeInForce
    limit_price: Usd | None = None
    stop_price: Usd | None = None
    trail_price: Usd | None = None
    trail_bp: int | None = None
    extended_hours: bool = False
    order_class: OrderClass = OrderClass.SIMPLE
    exits: Exits | None = None


@dataclass(frozen=True, slots=True)
class TermsObjection:
    """The field that does not fit, and what would be right."""

    field: str
    words: str

    def __str__(self) -> str:
        return f"{self.field} {self.words}"


TRAIL_BP_MAX = 9_999
_LIMITED = {OrderType.LIMIT, OrderType.STOP_LIMIT}
_STOPPED = {OrderType.STOP, OrderType.STOP_LIMIT}
_AT_ONCE = {TimeInForce.IOC, TimeInForce.FOK}
_LASTING = {TimeInForce.DAY, TimeInForce.GTC}


def objection_to(terms: Terms) -> TermsObjection | None:
    """Return the first thing in an order's terms that cannot be, None when they fit together."""
    for check in (_quantity, _prices, _trail, _hours, _at_once, _class):
        objection = check(terms)
        if objection is not None:
            return objection
    return None


def _quantity(terms: Terms) -> TermsObjection | None:
    if terms.quantity <= 0:
        return TermsObjection("quantity", f"is {terms.quantity}; it must be more than 0 shares")
    if whole(terms.quantity):
        return None
    simple = terms.order_class is OrderClass.SIMPLE and terms.time_in_force is TimeInForce.DAY
    if simple and terms.order_type is not OrderType.TRAILING_STOP:
        return None
    return TermsObjection(
        "quantity", "has a part of a share; only simple DAY orders may, and none that trails"
    )


def _prices(terms: Terms) -> TermsObjection | None:
    for name, price, kinds in (
        ("limit_price", terms.limit_price, _LIMITED),
        ("stop_price", terms.stop_price, _STOPPED),
    ):
        if (terms.order_type in kinds) != (price is not None):
            belongs = " and ".join(sorted(kinds))
            return TermsObjection(name, f"belongs to {belongs} orders, and to all of them")
        if price is not None and price <= 0:
            return TermsObjection(name, "must be positive")
    return None


def _trail(terms: Terms) -> TermsObjection | None:
    given = [value for value in (terms.trail_price, terms.trail_bp) if value is not None]
    if terms.order_type is not OrderType.TRAILING_STOP:
        words = "belongs to TRAILING_STOP orders alone"
        return TermsObjection("trail_price", words) if given else None
    if len(given) != 1:
        return TermsObjection("trail_price", "or trail_bp is needed, and only one of them")
    if given[0] <= 0 or (terms.trail_bp or 0) > TRAIL_BP_MAX:
        words = f"must be positive, in basis points at most {TRAIL_BP_MAX}"
        return TermsObjection("trail_price" if terms.trail_bp is None else "trail_bp", words)
    return None


def _hours(terms: Terms) -> TermsObjection | None:
    fits = terms.order_type is OrderType.LIMIT and terms.time_in_force in _LASTING
    if not terms.extended_hours or (fits and terms.order_class is OrderClass.SIMPLE):
        return None
    return TermsObjection("extended_hours", "is for simple LIMIT orders, DAY or GTC")


def _at_once(terms: Terms) -> TermsObjection | None:
    if terms.time_in_force not in _AT_ONCE or terms.order_type in {
        OrderType.MARKET,
        OrderType.LIMIT,
    }:
        return None
    words = f"{terms.time_in_force} fits MARKET and LIMIT orders; choose DAY or GTC"
    return TermsObjection("time_in_force", words)


def _class(terms: Terms) -> TermsObjection | None:
    exits = terms.exits
    if terms.order_class is OrderClass.SIMPLE:
        words = "belongs to BRACKET and OCO orders"
        return None if exits is None else TermsObjection("order_class", words)
    if terms.time_in_force not in _LASTING:
        return TermsObjection("time_in_force", f"{terms.order_class} orders are DAY or GTC")
    if exits is None or (exits.take_profit is None and exits.stop_loss is None):
        return TermsObjection("stop_loss", f"or take_profit is needed by {terms.order_class}")
    if exits.stop_limit is not None and exits.stop_loss is None:
        return TermsObjection("stop_loss_limit", "needs a stop_loss")
    return (_bracket if terms.order_class is OrderClass.BRACKET else _oco)(terms, exits)


def _bracket(terms: Terms, exits: Exits) -> TermsObjection | None:
    if terms.order_type not in {OrderType.MARKET, OrderType.LIMIT}:
        return TermsObjection("order_type", "of a BRACKET is MARKET or LIMIT")
    return _apart(terms.side, exits.take_profit, terms.limit_price, exits)


def _oco(terms: Terms, exits: Exits) -> TermsObjection | None:
    if terms.order_type is not OrderType.LIMIT or exits.take_profit is not None:
        return TermsObjection(
            "order_type", "of an OCO is LIMIT: its limit_price is the take-profit itself"
        )
    if exits.stop_loss is None:
        return TermsObjection("stop_loss", "is needed by OCO")
    return _apart(terms.side.opposite, terms.limit_price, None, exits)


def _apart(
    side: Side, take_profit: Usd | None, entry: Usd | None, exits: Exits
) -> TermsObjection | None:
    """Hold the exits of a position of a side apart: profit on one side of the entry, loss beyond."""
    way = 1 if side is Side.BUY else -1
    if any(price is not None and price <= 0 for price in (take_profit, exits.stop_loss)):
        return TermsObjection("take_profit", "and stop_loss must be positive")
    for name, price, other in (
        ("take_profit", take_profit, exits.stop_loss),
        ("take_profit", take_profit, entry),
    ):
        if price is not None and other is not None and way * (price - other) <= 0:
            return TermsObjection(name, "must lie on the winning side of entry and stop_loss")
    loss = exits.stop_loss
    if loss is not None and entry is not None and way * (entry - loss) <= 0:
        return TermsObjection("stop_loss", "must lie on the losing side of the entry")
    return None
