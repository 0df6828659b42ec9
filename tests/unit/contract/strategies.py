"""Hypothesis strategies for every payload, drawn from the types themselves."""

import functools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from qt_trade.contract.payloads.base import WrongFieldError
from qt_trade.contract.payloads.commands import SubmitOrder
from qt_trade.model.orders import OrderType

_PATTERNS = {"^[A-Z][A-Z0-9]{0,9}": "[A-Z][A-Z0-9]{0,9}(\\.[A-Z]{1,3})?",
             "^[A-Za-z0-9]": "[A-Za-z0-9][A-Za-z0-9._:-]{0,79}",
             "^([a-z0-9]": "([a-z0-9][a-z0-9-]{0,39})?"}  # fmt: skip
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
    (form,) = (form for head, form in _PATTERNS.items() if kind.pattern.startswith(head))
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
    drawn = st.fixed_dictionaries(fields)
    if kind.cls is SubmitOrder:
        return drawn.map(_consistent)
    return drawn.map(lambda one: _made(kind.cls, one)).filter(lambda made: made is not None)


def _made(payload: type[msgspec.Struct], fields: dict[str, Any]) -> msgspec.Struct | None:
    """Return a payload; None where the fields do not fit one another."""
    try:
        return payload(**fields)
    except WrongFieldError:
        return None


def _consistent(fields: dict[str, Any]) -> SubmitOrder:
    limit = Decimal("12.34") if fields["order_type"] is OrderType.LIMIT else None
    return SubmitOrder(**fields | {"limit_price": limit})


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
    inspect.EnumType: lambda kind: st.sampled_from(kind.cls),
    inspect.LiteralType: lambda kind: st.sampled_from(kind.values),
    inspect.VarTupleType: lambda kind: st.lists(_of(kind.item_type), max_size=2).map(tuple),
    inspect.DictType: lambda kind: st.dictionaries(
        _of(kind.key_type), _of(kind.value_type), max_size=2
    ),
}
