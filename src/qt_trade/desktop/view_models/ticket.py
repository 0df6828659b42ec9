"""The order ticket: from what stands in its fields to a command, or to the field that is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from qt_trade.contract.payloads.base import SymbolText, WrongFieldError
from qt_trade.contract.payloads.commands import RiskQuestion, SubmitOrder
from qt_trade.model.orders import OrderClass, OrderType, Side, TimeInForce
from qt_trade.model.shares import shares

T = TypeVar("T", SubmitOrder, RiskQuestion)

QUANTITY, LIMIT, STOP, TRAIL, PROFIT, LOSS, LOSS_LIMIT = (
    "quantity",
    "limit_price",
    "stop_price",
    "trail",
    "take_profit",
    "stop_loss",
    "stop_loss_limit",
)
"""The fields, by the names the contract has for them; ``trail`` is a price or basis points."""
SYMBOL, HOURS, IN_FORCE = "symbol", "extended_hours", "time_in_force"
_TRAILS = {"trail_price", "trail_bp"}


class Kind(StrEnum):
    """What a person chooses: an order type, or a class of order with its exits."""

    MARKET = "Market"
    LIMIT = "Limit"
    STOP = "Stop"
    STOP_LIMIT = "Stop limit"
    TRAILING = "Trailing"
    BRACKET = "Bracket"
    OCO = "OCO"


KINDS = tuple(Kind)
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.MARKET: (QUANTITY,),
    Kind.LIMIT: (QUANTITY, LIMIT),
    Kind.STOP: (QUANTITY, STOP),
    Kind.STOP_LIMIT: (QUANTITY, LIMIT, STOP),
    Kind.TRAILING: (QUANTITY, TRAIL),
    Kind.BRACKET: (QUANTITY, LIMIT, PROFIT, LOSS, LOSS_LIMIT),
    Kind.OCO: (QUANTITY, LIMIT, LOSS, LOSS_LIMIT),
}
_OPTIONAL = {Kind.BRACKET: (LIMIT, PROFIT, LOSS, LOSS_LIMIT), Kind.OCO: (LOSS_LIMIT,)}
_TYPES = {
    Kind.MARKET: OrderType.MARKET,
    Kind.LIMIT: OrderType.LIMIT,
    Kind.STOP: OrderType.STOP,
    Kind.STOP_LIMIT: OrderType.STOP_LIMIT,
    Kind.TRAILING: OrderType.TRAILING_STOP,
    Kind.OCO: OrderType.LIMIT,
}
_CLASSES = {Kind.BRACKET: OrderClass.BRACKET, Kind.OCO: OrderClass.OCO}
_LASTING = (TimeInForce.DAY, TimeInForce.GTC)
_WANTED = {
    QUANTITY: "Enter a quantity",
    LIMIT: "Enter a limit price",
    STOP: "Enter a stop price",
    TRAIL: "Enter how far the stop trails",
    LOSS: "Enter a stop loss",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the ticket. ``trail_in_percent``: else the trail is in USD per share."""

    symbol: str = ""
    side: Side = Side.BUY
    kind: Kind = Kind.LIMIT
    texts: Mapping[str, str] = field(default_factory=dict)
    time_in_force: TimeInForce = TimeInForce.DAY
    extended_hours: bool = False
    trail_in_percent: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the chosen kind."""
        return FIELDS[self.kind]

    def text(self, name: str) -> str:
        """Return what stands in a field, without what only helps the eye."""
        return self.texts.get(name, "").strip().replace(",", "")


@dataclass(frozen=True, slots=True)
class Wrong:
    """The field that does not fit and why; ``missing``: nothing was typed there yet."""

    field: str
    words: str
    missing: bool = False


def choices(kind: Kind) -> tuple[TimeInForce, ...]:
    """Return how long an order of a kind may stay in force."""
    return tuple(TimeInForce) if kind in {Kind.MARKET, Kind.LIMIT} else _LASTING


def with_kind(typed: Typed, kind: Kind) -> Typed:
    """Return the ticket for another kind of order; what does not fit it falls back."""
    in_force = typed.time_in_force if typed.time_in_force in choices(kind) else TimeInForce.DAY
    extended = typed.extended_hours and kind is Kind.LIMIT
    return replace(typed, kind=kind, time_in_force=in_force, extended_hours=extended)


def worded(typed: Typed, kind: type[T], stamp: Mapping[str, Any]) -> T | Wrong:
    """Return the ticket as a payload of the contract, or what of it is wrong or missing."""
    wrong = _first_missing(typed)
    if wrong is not None:
        return wrong
    try:
        symbol = msgspec.convert(typed.symbol, SymbolText)
    except msgspec.ValidationError:
        return Wrong(SYMBOL, "A symbol such as AAPL or BRK.B")
    given: dict[str, Any] = {}
    for name in typed.fields:
        found = _number(typed, name)
        if isinstance(found, Wrong):
            return found
        given |= found
    try:
        return kind(
            **stamp,
            symbol=symbol,
            side=typed.side,
            order_type=_type(typed),
            time_in_force=typed.time_in_force,
            extended_hours=typed.extended_hours,
            order_class=_CLASSES.get(typed.kind, OrderClass.SIMPLE),
            **({LIMIT: None} | given),
        )
    except WrongFieldError as error:
        return _named(error.field, str(error))
    except ValueError as error:
        return Wrong(QUANTITY, str(error))


def _type(typed: Typed) -> OrderType:
    if typed.kind is Kind.BRACKET:
        return OrderType.LIMIT if typed.text(LIMIT) else OrderType.MARKET
    return _TYPES[typed.kind]


def _first_missing(typed: Typed) -> Wrong | None:
    if not typed.symbol:
        return Wrong(SYMBOL, "Enter a symbol", missing=True)
    optional = _OPTIONAL.get(typed.kind, ())
    for name in typed.fields:
        if name not in optional and not typed.text(name):
            return Wrong(name, _WANTED[name], missing=True)
    if typed.kind is Kind.BRACKET and not typed.text(PROFIT) and not typed.text(LOSS):
        return Wrong(LOSS, "Enter a take profit or a stop loss", missing=True)
    return None


def _number(typed: Typed, name: str) -> dict[str, Any] | Wrong:
    """Return the payload's field for one of the ticket's; an empty optional one is left out."""
    text = typed.text(name)
    if not text:
        return {}
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        example = "A number of shares, such as 12" if name == QUANTITY else "A price such as 187.30"
        return Wrong(name, "A number such as 1.5" if name == TRAIL else example)
    if name == QUANTITY:
        return _quantity(number)
    return _trail(number, typed) if name == TRAIL else {name: number}


def _quantity(number: Decimal) -> dict[str, Any] | Wrong:
    try:
        return {QUANTITY: shares(number)}
    except ValueError as error:
        return Wrong(QUANTITY, str(error))


def _trail(number: Decimal, typed: Typed) -> dict[str, Any] | Wrong:
    if not typed.trail_in_percent:
        return {"trail_price": number}
    points = number * 100
    if points != points.to_integral_value():
        return Wrong(TRAIL, "At most two decimal places, such as 1.25%")
    return {"trail_bp": int(points)}


def _named(name: str, words: str) -> Wrong:
    mine = TRAIL if name in _TRAILS else name
    readable = words.replace("_", " ").replace("trail bp", "trail").replace("trail price", "trail")
    return Wrong(mine, readable[:1].upper() + readable[1:])
