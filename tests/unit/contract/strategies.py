"""Hypothesis strategies for every payload, drawn from the types themselves."""

import functools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from qt_trade.contract.payloads.base import WrongFieldError
from qt_trade.contract.payloads.commands import ReplaceOrder, RiskQuestion, SubmitOrder
from qt_trade.contract.payloads.history import BarColumns
from qt_trade.contract.payloads.signals import Curve
from qt_trade.contract.payloads.trading import FLAT_MIN, AutoTradingConfig
from qt_trade.model.orders import OrderClass, OrderType, Side, TimeInForce

# Lone surrogates are no text that can travel as UTF-8.
_LETTERS = st.characters(exclude_categories=("Cs",))
_INT64 = 2**63 - 1


@functools.cache
def values(payload: Any) -> st.SearchStrategy[Any]:
    """Return a strategy of valid values of a payload type."""
    return _of(inspect.type_info(payload))


def _of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    for known, make in _MAKERS.items():
        if isinstance(kind, known):
            return make(kind)
    raise AssertionError(f"no strategy for {kind}")


def _text(kind: inspect.StrType) -> st.SearchStrategy[str]:
    if kind.pattern is None:
        return st.text(_LETTERS, max_size=8)
    form = kind.pattern.removesuffix(r"(?!\n)$").removesuffix("$").removeprefix("^")
    return st.from_regex(form, fullmatch=True).filter(str.isascii)


def _integers(kind: inspect.IntType) -> st.SearchStrategy[int]:
    return st.integers(
        -_INT64 if kind.ge is None else kind.ge, _INT64 if kind.le is None else kind.le
    )


def _floats(kind: inspect.FloatType) -> st.SearchStrategy[float]:
    low = kind.gt if kind.ge is None else kind.ge
    exclude_low = kind.gt is not None
    return st.floats(low, kind.le, exclude_min=exclude_low, allow_nan=False, allow_infinity=False)


def _struct(kind: inspect.StructType) -> st.SearchStrategy[msgspec.Struct]:
    fields = {field.encode_name: _of(field.type) for field in kind.fields}
    make = _CONSISTENT.get(kind.cls)
    if make is not None:
        return st.tuples(st.fixed_dictionaries(fields), make).map(
            lambda drawn: kind.cls(**drawn[0] | drawn[1])
        )
    drawn = st.fixed_dictionaries(fields)
    return drawn.map(lambda one: _made(kind.cls, one)).filter(lambda made: made is not None)


def _made(payload: type[msgspec.Struct], fields: dict[str, Any]) -> msgspec.Struct | None:
    """Return a payload; None where the fields do not fit one another."""
    try:
        return payload(**fields)
    except WrongFieldError:
        return None


_PLAIN = {
    "quantity": Decimal(3), "order_type": OrderType.MARKET, "limit_price": None,
    "time_in_force": TimeInForce.GTC, "stop_price": None, "trail_price": None, "trail_bp": None,
    "extended_hours": False, "order_class": OrderClass.SIMPLE, "take_profit": None,
    "stop_loss": None, "stop_loss_limit": None,
}  # fmt: skip
_LOW, _MIDDLE, _HIGH = Decimal("11.50"), Decimal("12.34"), Decimal("13.00")
_LIMITED = {"order_type": OrderType.LIMIT, "limit_price": _MIDDLE}
_BRACKET = {"order_class": OrderClass.BRACKET, "side": Side.BUY, "take_profit": _HIGH}
TICKETS = [
    {"quantity": Decimal("0.5"), "time_in_force": TimeInForce.DAY},
    {"time_in_force": TimeInForce.IOC},
    _LIMITED | {"extended_hours": True},
    {"order_type": OrderType.STOP, "stop_price": _LOW},
    {"order_type": OrderType.STOP_LIMIT, "stop_price": _LOW, "limit_price": _LOW},
    {"order_type": OrderType.TRAILING_STOP, "trail_price": _LOW},
    {"order_type": OrderType.TRAILING_STOP, "trail_bp": 250},
    _BRACKET | {"stop_loss": _LOW},
    _LIMITED | _BRACKET | {"stop_loss": _LOW, "stop_loss_limit": _LOW},
    _LIMITED | {"order_class": OrderClass.OCO, "side": Side.SELL, "stop_loss": _LOW},
]
"""Every kind of order, as what of its terms is not as in the plainest."""

_TICKET = st.sampled_from(TICKETS).map(lambda terms: _PLAIN | terms)
_REPLACED = {"quantity": Decimal(3), "limit_price": _MIDDLE, "stop_price": None,
             "trail_price": None}  # fmt: skip
_BARS = {"at": (0, 900), "open": (1.0, 2.0), "high": (2.0, 2.0), "low": (1.0, 2.0),
         "close": (2.0, 2.0), "volume": (10, 0)}  # fmt: skip
_CONSISTENT: dict[type, st.SearchStrategy[dict[str, Any]]] = {
    SubmitOrder: _TICKET,
    RiskQuestion: _TICKET,
    ReplaceOrder: st.just(_REPLACED),
    BarColumns: st.just(_BARS),
    Curve: st.just({"rounds": (1, 2), "training": (0.7, 0.6), "validation": (0.7, 0.65)}),
    AutoTradingConfig: st.integers(FLAT_MIN, 30).map(lambda minutes: {"skip_last_min": minutes}),
}
"""What of a payload hangs together, drawn together."""


_MAKERS: dict[type[inspect.Type], Any] = {
    inspect.Metadata: lambda kind: _of(kind.type),
    inspect.StructType: _struct,
    inspect.UnionType: lambda kind: st.one_of([_of(one) for one in kind.types]),
    inspect.StrType: _text,
    inspect.BoolType: lambda _: st.booleans(),
    inspect.IntType: _integers,
    inspect.FloatType: _floats,
    inspect.NoneType: lambda _: st.none(),
    inspect.DecimalType: lambda _: st.decimals(
        0, Decimal(10**12), allow_nan=False, allow_infinity=False, places=6
    ),
    inspect.DateTimeType: lambda _: st.datetimes(
        datetime(1970, 1, 1),  # noqa: DTZ001  # Hypothesis puts the zone on
        datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    inspect.DateType: lambda _: st.dates(date(1970, 1, 1), date(2100, 1, 1)),
    inspect.EnumType: lambda kind: st.sampled_from(kind.cls),
    inspect.LiteralType: lambda kind: st.sampled_from(kind.values),
    inspect.VarTupleType: lambda kind: st.lists(_of(kind.item_type), max_size=2).map(tuple),
    inspect.DictType: lambda kind: st.dictionaries(
        _of(kind.key_type), _of(kind.value_type), max_size=2
    ),
}
