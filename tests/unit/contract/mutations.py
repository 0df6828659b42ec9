"""Every way in which one value of a payload can be made wrong, each with the path of the refusal.

Works on what stands in the JSON: the type says what may be at each place, and what may not.
"""

import copy
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import inspect

from qt_trade.contract.codec import AMOUNT_MAX
from qt_trade.contract.exports.rules import AMOUNT_RULES

Steps = tuple[str | int, ...]
GONE = object()
"""In place of a wrong value: the field is left out."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """``path``: where a reader must find it, ``[...]`` for any key of a mapping."""

    path: str
    steps: Steps
    wrong: Any
    what: str

    def applied_to(self, value: Any) -> Any:
        """Return the value made wrong."""
        if not self.steps:
            return self.wrong
        mutated = copy.deepcopy(value)
        place = mutated
        for step in self.steps[:-1]:
            place = place[step]
        if self.wrong is GONE:
            del place[self.steps[-1]]
        else:
            place[self.steps[-1]] = self.wrong
        return mutated


def mutations(payload: Any, value: Any) -> list[Mutation]:
    """Return all mutations of a value as it stands in JSON."""
    return list(_of(_type_of(payload), value, "$", ()))


_type_of = functools.cache(inspect.type_info)


def _of(kind: inspect.Type, value: Any, path: str, steps: Steps) -> Iterator[Mutation]:
    kind = _chosen(kind, value)
    for wrong, what in _wrong(kind):
        yield Mutation(path, steps, wrong, what)
    if value is not None:
        yield from _inside(kind, value, path, steps)


def _inside(kind: inspect.Type, value: Any, path: str, steps: Steps) -> Iterator[Mutation]:
    match kind:
        case inspect.StructType():
            yield from _struct(kind, value, path, steps)
        case inspect.VarTupleType():
            for index, item in enumerate(value):
                yield from _of(kind.item_type, item, f"{path}[{index}]", (*steps, index))
        case inspect.DictType():
            if value and getattr(kind.key_type, "pattern", None):
                some = next(iter(value.values()))
                yield Mutation(path, (*steps, "no such key!"), some, "a key of no such form")
            for key, item in value.items():
                yield from _of(kind.value_type, item, f"{path}[...]", (*steps, key))


def _struct(
    kind: inspect.StructType, value: dict[str, Any], path: str, steps: Steps
) -> Iterator[Mutation]:
    if kind.tag_field is not None:
        yield Mutation(path, (*steps, kind.tag_field), GONE, "no tag")
        for wrong in ("no such tag", 7, None):
            yield Mutation(f"{path}.{kind.tag_field}", (*steps, kind.tag_field), wrong, "wrong tag")
    if kind.forbid_unknown_fields:
        yield Mutation(path, (*steps, "limit_max"), 1, "a field that is none")
    narrow = AMOUNT_RULES.get(kind.cls.__name__, {})
    for field in kind.fields:
        name = field.encode_name
        inside = (*steps, name)
        if field.required:
            yield Mutation(path, inside, GONE, "a field left out")
        if name in narrow and value[name] is not None:
            yield Mutation(f"{path}.{name}", inside, -1, "an amount below 0")
            yield Mutation(f"{path}.{name}", inside, "-0.01", "an amount below 0, as text")
            too_fine = "1.0000000001" if narrow[name] == "SharesPositive" else "1.0000001"
            yield Mutation(f"{path}.{name}", inside, too_fine, "an amount too fine")
        yield from _of(field.type, value[name], f"{path}.{name}", inside)


def _chosen(kind: inspect.Type, value: Any) -> inspect.Type:
    """Return which of several types a value is of."""
    if isinstance(kind, inspect.Metadata):
        return _chosen(kind.type, value)
    if not isinstance(kind, inspect.UnionType):
        return kind
    structs = [one for one in kind.types if isinstance(one, inspect.StructType) and one.tag]
    if structs:
        return next(one for one in structs if value[one.tag_field or ""] == one.tag)
    known = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
    # What is wrong for the one type is wrong beside null, too.
    return _chosen(known[0], value)


def _wrong(kind: inspect.Type) -> list[tuple[Any, str]]:
    maker = next(make for known, make in _BREAKERS.items() if isinstance(kind, known))
    return maker(kind)


def _string(kind: inspect.StrType) -> list[tuple[Any, str]]:
    wrong = [(7, "a number for text"), ([], "a list for text"), (True, "yes for text")]
    if kind.pattern is not None:
        wrong += [("no such form!", "text of no such form")]
        wrong += [] if re.match(kind.pattern, "") else [("", "no text")]
        wrong += [("A\n", "a line feed at the end")]
    if kind.max_length is not None:
        wrong += [("x" * (kind.max_length + 1), "text too long")]
    return wrong


def _number(kind: inspect.IntType | inspect.FloatType) -> list[tuple[Any, str]]:
    wrong: list[tuple[Any, str]] = [("7", "text for a number"), (False, "no for a number")]
    wrong += [([7], "a list for a number"), ({}, "an object for a number")]
    if isinstance(kind, inspect.IntType):
        wrong += [(1.5, "a fraction for a whole number"), (10**30, "a number too large")]
    if kind.ge is not None:
        wrong += [(kind.ge - 1, "a number below its least")]
    if kind.gt is not None:
        wrong += [(kind.gt, "a number at its open bound"), (kind.gt - 1, "a number below it")]
    if kind.le is not None:
        wrong += [(kind.le + 1, "a number above its largest")]
    return wrong


def _amount(_kind: inspect.Type) -> list[tuple[Any, str]]:
    beyond = int(AMOUNT_MAX) + 1
    return [
        ("NaN", "no number"), ("Infinity", "no end"), ("much", "words for an amount"),
        (beyond, "an amount too large"), (-beyond, "an amount too small"),
        (str(beyond), "an amount too large, as text"), (True, "yes for an amount"),
        ([], "a list for an amount"), ("", "no text"),
    ]  # fmt: skip


def _day(_kind: inspect.Type) -> list[tuple[Any, str]]:
    return [
        (20131004, "a number for a day"), ("yesterday", "words for a day"),
        ("2013-13-04", "a thirteenth month"), ("2013-02-30", "a day that was none"),
        ("2013-10-04T14:30:00Z", "a moment for a day"),
    ]  # fmt: skip


def _moment(_kind: inspect.Type) -> list[tuple[Any, str]]:
    return [
        (1380897000, "a number for a moment"), ("2013-10-04T14:30:00", "a moment without a zone"),
        ("yesterday", "words for a moment"), ("2013-13-04T14:30:00Z", "a thirteenth month"),
        ("2013-02-30T14:30:00Z", "a day that was none"),
        ("2013-10-04", "a date for a moment"), ("2013-10-04T25:30:00Z", "an hour that is none"),
    ]  # fmt: skip


_BREAKERS: dict[type[inspect.Type], Callable[[Any], list[tuple[Any, str]]]] = {
    inspect.StrType: _string,
    inspect.IntType: _number,
    inspect.FloatType: _number,
    inspect.BoolType: lambda _: [(1, "a number for yes"), ("true", "text for yes")],
    inspect.DecimalType: _amount,
    inspect.DateTimeType: _moment,
    inspect.DateType: _day,
    inspect.EnumType: lambda _: [("NO_SUCH", "a word that is none"), (7, "a number for a word")],
    inspect.LiteralType: lambda _: [("NO_SUCH", "a word that is none"), (7, "a number for a word")],
    inspect.VarTupleType: lambda _: [({}, "an object for a list"), ("[]", "text for a list")],
    inspect.DictType: lambda _: [([], "a list for a mapping"), ("{}", "text for a mapping")],
    inspect.StructType: lambda _: [([], "a list for an object"), (7, "a number for an object")],
}


def as_json(payload: bytes) -> Any:
    """Return what stands in a message."""
    return msgspec.json.decode(payload)
