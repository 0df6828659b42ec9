"""Finds amounts that are none: Decimals take "NaN" and 1E+999, which no limit holds against.

Where a payload type can hold amounts at all is found out once, so that a message costs no more
than the few that are in it.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

AMOUNT_MAX = Decimal(1_000_000_000_000)
"""No amount in dollars is larger."""

Find = Callable[[Any], str | None]
"""Returns the path of the first amount that is none, behind the value it is handed."""


def finder_for(payload: Any) -> Find | None:
    """Return what looks through values of a type; None when it has no amounts.

    Raises TypeError for a type that no payload should have.
    """
    return _finder(msgspec.inspect.type_info(payload))


def _finder(kind: msgspec.inspect.Type) -> Find | None:
    find: Find | None = None
    match kind:
        case msgspec.inspect.DecimalType():
            find = _in_amount
        case msgspec.inspect.Metadata():
            find = _finder(kind.type)
        case msgspec.inspect.StructType():
            find = _in_struct([(field.name, _finder(field.type)) for field in kind.fields])
        case msgspec.inspect.UnionType():
            find = _in_union(kind)
        case msgspec.inspect.DictType():
            find = _in_dict(_finder(kind.value_type))
        case msgspec.inspect.VarTupleType():
            find = _in_tuple(_finder(kind.item_type))
        case msgspec.inspect.CollectionType() | msgspec.inspect.TupleType():
            raise TypeError(f"a payload's collections are tuples and dictionaries, not {kind}")
        case _:
            pass
    return find


def _in_amount(value: Any) -> str | None:
    return None if value.is_finite() and abs(value) <= AMOUNT_MAX else ""


def _in_struct(fields: Iterable[tuple[str, Find | None]]) -> Find | None:
    parts = [(name, find) for name, find in fields if find is not None]
    if not parts:
        return None

    def find_in(value: Any) -> str | None:
        for name, find in parts:
            if (path := find(getattr(value, name))) is not None:
                return f".{name}{path}"
        return None

    return find_in


def _in_union(kind: msgspec.inspect.UnionType) -> Find | None:
    kinds = [one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType)]
    finders = [_finder(one) for one in kinds]
    if not any(finders):
        return None
    if len(kinds) == 1 and (find := finders[0]) is not None:
        return lambda value: None if value is None else find(value)
    by_class = {
        one.cls: find
        for one, find in zip(kinds, finders, strict=True)
        if isinstance(one, msgspec.inspect.StructType)
    }
    if len(by_class) < len(kinds):
        raise TypeError(f"a payload's choice with amounts is one of structs, not {kind}")

    def find_in(value: Any) -> str | None:
        find = by_class.get(type(value))
        return None if find is None else find(value)

    return find_in


def _in_dict(find: Find | None) -> Find | None:
    if find is None:
        return None
    return lambda value: _first(
        f"[...]{path}" for path in map(find, value.values()) if path is not None
    )


def _in_tuple(find: Find | None) -> Find | None:
    if find is None:
        return None
    return lambda value: _first(
        f"[{place}]{path}" for place, path in enumerate(map(find, value)) if path is not None
    )


def _first(paths: Iterable[str]) -> str | None:
    return next(iter(paths), None)


def parts_of(value: Any) -> list[tuple[str, Any]]:
    """Return what a value consists of, each with its step of a path."""
    match value:
        case msgspec.Struct():
            return [(f".{name}", getattr(value, name)) for name in value.__struct_fields__]
        case dict():
            return [("[...]", part) for part in value.values()]
        case tuple():
            return [(f"[{index}]", part) for index, part in enumerate(value)]
        case _:
            return []
