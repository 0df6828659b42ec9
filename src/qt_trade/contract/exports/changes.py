"""What differs between two exports of the contract, and whom of today's peers it breaks.

A peer of the old contract goes on running beside the new one. What it *reads* breaks when the new
contract allows a value that the old one refuses (*wider*); what it *writes* breaks when the new one
refuses a value that the old one allows (*narrower*). Only frontends are outside peers: the roles of
the backend are replaced together.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qt_trade.contract.endpoints import Party
from qt_trade.contract.exports.comparison import Difference, compare
from qt_trade.contract.exports.schemas import FACTS, Schema

READERS, WRITERS = "readers", "writers"
_IDENTITY = ("kind", "framing", "plain")
_RHYTHM = ("stale_after_s", "ttl_s", "cap", "foreign_writers", "bytes_max")
_LESS = ("ttl_s", "bytes_max")


class NoExportError(ValueError):
    """A folder that holds no export of the contract."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one key. ``breaks``: READERS, WRITERS, both or nobody. ``words``: what changed."""

    key: str
    path: str
    words: str
    breaks: tuple[str, ...]


def changes(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[Change]:
    """Return every change from the old schemas to the new, both by the name of their file."""
    found: list[Change] = []
    for name in sorted({*old, *new}):
        if name not in new:
            found.append(_lost(old[name]))
        elif name not in old:
            found.append(Change(_key(new[name]), "$", "a new key", ()))
        else:
            found += _of_key(old[name], new[name])
    return found


def load(folder: Path) -> dict[str, Schema]:
    """Return the schemas of an export, or of its ``schemas`` folder, by the name of their file.

    Raises NoExportError when there are none, or one is damaged.
    """
    found = sorted(folder.glob("*.schema.json")) or sorted(folder.glob("schemas/*.schema.json"))
    if not found:
        raise NoExportError(f"{folder} holds no schemas; `qtrade contract export DIR` writes them")
    return {path.name: _schema_in(path) for path in found}


def _schema_in(path: Path) -> Schema:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoExportError(f"{path}: {error}") from error
    if not isinstance(schema, dict) or not {FACTS, "title"} <= schema.keys():
        raise NoExportError(f"{path} is no schema of the contract: it has no title or no {FACTS}")
    return schema


def _lost(old: Schema) -> Change:
    return Change(_key(old), "$", "the key is gone", _outside(old, wider=True, narrower=True))


def _of_key(old: Schema, new: Schema) -> Iterator[Change]:
    key = _key(old)
    both = _outside(old, wider=True, narrower=True)
    for fact in _IDENTITY:
        before, after = _fact(old, fact), _fact(new, fact)
        if before != after:
            yield Change(key, "$", f"its {fact} was {before} and is {after}", both)
    yield from _parties(key, old, new)
    for fact in _RHYTHM:
        before, after = _fact(old, fact), _fact(new, fact)
        if before != after:
            words = f"{fact} was {_shown(before)} and is {_shown(after)}"
            yield Change(key, "$", words, _rhythm(old, fact, before, after))
    for difference in compare(old, new):
        yield _change(key, old, difference)


def _change(key: str, old: Schema, difference: Difference) -> Change:
    breaks = _outside(old, wider=difference.wider, narrower=difference.narrower)
    return Change(key, difference.path, difference.words, breaks)


def _parties(key: str, old: Schema, new: Schema) -> Iterator[Change]:
    for fact in (WRITERS, READERS):
        before, after = _fact(old, fact) or [], _fact(new, fact) or []
        for party in sorted(set(before) - set(after)):
            breaks = (fact,) if party == Party.FRONTEND else ()
            yield Change(key, "$", f"{party} is no longer among its {fact}", breaks)
        for party in sorted(set(after) - set(before)):
            yield Change(key, "$", f"{party} is now among its {fact}", ())


def _rhythm(old: Schema, fact: str, before: Any, after: Any) -> tuple[str, ...]:
    """Return whom a changed limit breaks: who renews too seldom, must not SET, sends too much."""
    match fact:
        case "ttl_s":
            narrower = after is not None and (before is None or after < before)
        case "foreign_writers":
            narrower = bool(before) and not after
        case "bytes_max":
            larger = bool(before) and bool(after) and after > before
            return _outside(old, wider=larger, narrower=not larger)
        case _:
            narrower = False
    return _outside(old, wider=False, narrower=narrower)


def _outside(old: Schema, *, wider: bool, narrower: bool) -> tuple[str, ...]:
    """Return which of a difference's victims run outside: frontends of the old contract."""
    broken = ((READERS, wider), (WRITERS, narrower))
    return tuple(who for who, hurt in broken if hurt and Party.FRONTEND in (_fact(old, who) or []))


def _key(schema: Schema) -> str:
    return str(schema["title"])


def _fact(schema: Schema, name: str) -> Any:
    return schema[FACTS].get(name)


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)
