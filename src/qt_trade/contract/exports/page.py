"""The reference page of the contract, for people."""

import types
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from qt_trade.contract.endpoints import (
    BYTES_MAX,
    DOCUMENT_BYTES_MAX,
    Document,
    Endpoint,
    Feed,
    Log,
    Party,
)
from qt_trade.contract.exports.schemas import file_name
from qt_trade.contract.payloads import base
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.registry import KEYS

COLUMNS = ("key", "kind", "payload", "written by", "read by", "fresh", "kept", "what")
_NAMED = {
    base.Moment: "moment",
    base.Price: "price (USD)",
    base.Fraction: "number 0..1",
    base.Whole: "whole number",
    base.Count: "whole number ≥ 0",
    base.Shares: "whole shares ≥ 1",
    base.Quantity: "quantity of shares",
    base.SymbolText: "symbol",
    base.Words: f"words (up to {base.WORDS_LENGTH_MAX})",
    base.Id: "id",
}
_PLAIN = {str: "text", int: "whole number", float: "number", bool: "yes or no", type(None): "null"}
_HEAD = """\
# The contract

Made by `make docs` from `src/qt_trade/contract/`; a test fails when it is out of date. Backend and \
frontends speak through these keys and through nothing else.

| kind | in Redis | promise |
|---|---|---|
| Document | a string with one JSON document (or one word) at the key, its revision at `rev:KEY`; each \
change is published on the channel of the key's name as `REVISION JSON` | a watcher sees the value \
now and every later change, and is made whole after any disconnect. A session is plain: SET and DEL \
alone, heard of by keyspace notifications |
| Feed | Pub/Sub on the channel of the key's name | latest wins, may drop, never queues |
| Log | a capped stream, JSON in field `d`; new entries are also published | in order, resumable \
from an id |
| Command | a stream with a consumer group, JSON in field `d` | delivered at least once, carried out \
once by its `command_id`, always answered with a `Reply` |

Types: a *moment* is an ISO 8601 time with its zone; an *amount* is an exact number of US dollars; a \
*price* is a number above 0 in dollars; an *id* is up to 80 letters, digits and `. _ : -`; a *symbol* \
is a US ticker in dot form, such as `BRK.B`. *or null*: not known. A frontend reads over fields it \
does not know; a command or a setting with an unknown or a missing field is refused with the path of \
the field, and kept in `contract:dead_letters`. A message is at most {small:,} bytes long, a document \
that the backend alone writes at most {large:,}; a larger one is refused unread.

For programs: a [JSON Schema](../contract/schemas) of every payload, an [AsyncAPI \
document](../contract/asyncapi.json) of who sends and receives what, the [users of the \
server](../contract/users.acl). `qtrade contract validate KEY FILE` holds a message against its key. \
[What became of the older system's documents](older-system.md).

*Fresh*: after how long without a new one a document is shown as stale. *Kept*: what Redis holds; \
PostgreSQL keeps all entries of the logs of trading.
"""


def key_rows() -> list[tuple[str, ...]]:
    """Return a row of COLUMNS for every key."""
    return [row_of(key) for key in KEYS]


def row_of(key: Endpoint[Any]) -> tuple[str, ...]:
    """Return what stands in COLUMNS for a key."""
    return (
        key.name,
        type(key).__name__,
        " or ".join(payload_names(key)),
        _parties(key.writers),
        _parties(key.readers),
        _fresh(key),
        _kept(key),
        key.what,
    )


def payload_names(key: Endpoint[Any]) -> list[str]:
    """Return the names of the types a message of a key may be of."""
    return [_name(payload) for payload in _alternatives(key.payload)]


def contract_page() -> str:
    """Return docs/reference/contract.md."""
    head = _HEAD.format(small=BYTES_MAX, large=DOCUMENT_BYTES_MAX)
    return "\n".join([head, *table(COLUMNS, key_rows(), code={0}), *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    described: set[type] = set()
    for key in KEYS:
        yield f"\n## `{key.name}`\n"
        yield (
            f"{key.what}. {type(key).__name__}, written by {_parties(key.writers)}, "
            f"read by {_parties(key.readers)}; {_fresh(key)}; {_kept(key)}. "
            f"[JSON Schema](../contract/schemas/{file_name(key)})"
        )
        for payload in _alternatives(key.payload):
            yield from _payload(payload, described)
    yield "\n## The answer to a command\n"
    yield from _payload(Reply, described)


def _payload(payload: Any, described: set[type]) -> Iterator[str]:
    """Describe a type and, below it, the types it is made of; each only once."""
    if get_origin(payload) is Annotated:
        yield f"\nA plain word: {type_in_words(payload)}."
        return
    if payload in described:
        yield f"\n`{payload.__name__}`: see above."
        return
    described.add(payload)
    yield f"\n### {payload.__name__}\n"
    yield _flowed(payload.__doc__)
    if issubclass(payload, StrEnum):
        yield f"\nOne of {_words(payload)}."
        return
    yield ""
    yield from table(("field", "type"), field_rows(payload), code={0})
    for part in _parts(get_type_hints(payload, include_extras=True).values()):
        if part not in described:
            yield from _payload(part, described)


def payloads_of(key: Endpoint[Any]) -> list[Any]:
    """Return the types a key's payload consists of, those within others after them."""
    found: list[Any] = []
    waiting = list(_alternatives(key.payload))
    while waiting:
        one = waiting.pop(0)
        if one not in found:
            found.append(one)
            if isinstance(one, type) and issubclass(one, msgspec.Struct):
                waiting += _parts(get_type_hints(one, include_extras=True).values())
    return found


def field_rows(payload: type) -> list[tuple[str, str]]:
    """Return the fields of a payload, each with its type in words."""
    hints = get_type_hints(payload, include_extras=True)
    config = payload.__struct_config__  # type: ignore[attr-defined]  # of every msgspec.Struct
    rows = [] if config.tag is None else [(str(config.tag_field), f'"{config.tag}"')]
    return rows + [(name, type_in_words(hints[name])) for name in payload.__struct_fields__]  # type: ignore[attr-defined]  # as above


def type_in_words(hint: Any) -> str:
    """Return a payload field's type for people."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _NAMED.get(hint) or _annotated(hint)
    if origin in {Union, types.UnionType}:
        known = [one for one in arguments if one is not type(None)]
        words = " or ".join(type_in_words(one) for one in known)
        return f"{words} or null" if len(known) < len(arguments) else words
    if origin is Literal:
        return " or ".join(f'"{one}"' for one in arguments)
    if origin is tuple:
        return f"list of {type_in_words(arguments[0])}"
    if origin is dict:
        return f"{type_in_words(arguments[1])} by {type_in_words(arguments[0])}"
    return _class_in_words(hint)


def _annotated(hint: Any) -> str:
    plain, *extras = get_args(hint)
    meta = next(extra for extra in extras if isinstance(extra, msgspec.Meta))
    upper = "" if meta.le is None else f"{meta.le:g}"
    bounds = "" if meta.ge is None else f" {meta.ge:g}..{upper}"
    note = f" ({meta.description})" if meta.description else ""
    return f"{type_in_words(plain)}{bounds}{note}"


def _class_in_words(hint: Any) -> str:
    if hint is base.Amount:
        return "amount (USD)"
    if hint in _PLAIN:
        return _PLAIN[hint]
    if issubclass(hint, StrEnum):
        return _words(hint)
    return f"`{hint.__name__}`"


def _words(kind: type[StrEnum]) -> str:
    return " or ".join(f'"{word}"' for word in kind)


def _parts(hints: Iterable[Any]) -> Iterator[type]:
    """Yield the structs that hints are made of."""
    for hint in hints:
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            yield hint
        else:
            yield from _parts(get_args(hint))


def _alternatives(payload: Any) -> tuple[Any, ...]:
    return (payload,) if get_origin(payload) is Annotated else get_args(payload) or (payload,)


def _name(payload: Any) -> str:
    return type_in_words(payload) if get_origin(payload) is Annotated else str(payload.__name__)


def _parties(parties: Iterable[Party]) -> str:
    named = sorted(parties)
    return "all" if len(named) == len(Party) else ", ".join(named)


def _fresh(key: Endpoint[Any]) -> str:
    match key:
        case Document(stale_after_s=float() as limit):
            return f"stale after {limit:g} s"
        case Document(ttl_s=float() as ttl):
            return f"written again within {ttl:g} s"
        case Document():
            return "written on change"
        case _:
            return "at once"


def _kept(key: Endpoint[Any]) -> str:
    match key:
        case Document(ttl_s=float() as ttl):
            return f"gone after {ttl:g} s"
        case Document():
            return "the last one"
        case Log(cap=cap):
            return f"the last {cap:,}"
        case Feed():
            return "not at all"
        case _:
            return "until answered"


def _flowed(text: str | None) -> str:
    """Return a docstring as Markdown: one line per paragraph."""
    paragraphs = (text or "").replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def table(
    columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], code: set[int]
) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        cells = [f"`{cell}`" if i in code else cell for i, cell in enumerate(row)]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
