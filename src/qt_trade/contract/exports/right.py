"""What would be right at a place of a payload, in the words of the reference page."""

import re
import types
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.exports.page import type_in_words

_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<item>\d+|\.\.\.)\]")
_FIELD = re.compile(r"(?P<kind>missing required|unknown) field `(?P<name>[^`]*)`")
_LITERAL: Any = Literal


def right_at(payload: Any, invalid: InvalidMessageError) -> str:
    """Return what belongs at the place of a refusal, or "" where its reason says all."""
    hints = list(_at(payload, invalid.path))
    field = _FIELD.search(invalid.reason)
    if field is None:
        # Whoever sees "a finite amount" or the rule of a payload need not read its type as well.
        words = " or ".join(dict.fromkeys(map(type_in_words, hints)))
        return words if hints and _said_by_decoder(invalid.reason) else ""
    name = field["name"]
    if field["kind"] == "unknown":
        names = sorted({one for hint in hints for one in _fields(hint)})
        close = get_close_matches(name, names, 1)
        return f"`{close[0]}`?" if close else f"one of {', '.join(names)}"
    types = (type_in_words(_fields(hint)[name]) for hint in hints if name in _fields(hint))
    return f"`{name}`: {next(types, 'as in the reference page')}"


def _said_by_decoder(reason: str) -> bool:
    return reason.startswith(("Expected", "Invalid", "a key:")) and "finite" not in reason


def _at(payload: Any, path: str) -> Iterator[Any]:
    """Yield the types that may stand at a path."""
    hints = list(_alternatives(payload))
    for step in _STEP.finditer(path):
        hints = [inner for hint in hints for inner in _inner(hint, step["name"])]
    yield from hints


def _inner(hint: Any, name: str | None) -> Iterator[Any]:
    if name is not None:
        found = _fields(hint).get(name)
        yield from () if found is None else _alternatives(found)
    elif get_origin(hint) is tuple:
        yield from _alternatives(get_args(hint)[0])
    elif get_origin(hint) is dict:
        yield from _alternatives(get_args(hint)[1])


def _alternatives(hint: Any) -> Iterator[Any]:
    """Yield the structs and other types of a union one by one; an annotated type is one."""
    if _is_union(hint):
        for one in get_args(hint):
            yield from _alternatives(one)
    else:
        yield hint


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in {Union, types.UnionType}


def _fields(hint: Any) -> dict[str, Any]:
    if not (isinstance(hint, type) and issubclass(hint, msgspec.Struct)):
        return {}
    hints = get_type_hints(hint, include_extras=True)
    fields = {name: hints[name] for name in hint.__struct_fields__}
    config = hint.__struct_config__
    return fields if config.tag is None else {str(config.tag_field): _LITERAL[config.tag]} | fields
