"""Who wrote meanwhile, and what he changed: the words of a conflict."""

import hashlib
from typing import Any

import msgspec

STAMP = frozenset({"ts", "source", "feed", "session_id", "updated_by"})
"""What says who wrote and when: it always differs, and is no change anybody has to decide on."""
_NAMES = ("updated_by", "session_id", "source")


def writer_of(value: object) -> str:
    """Return the name a document's writer gave: the person, else the session, else the program."""
    found = (getattr(value, name, None) for name in _NAMES)
    return next((name for name in found if isinstance(name, str) and name), "")


def changed_fields(mine: object, theirs: object) -> tuple[str, ...]:
    """Return the paths of the fields that differ, without those of the stamp."""
    if not isinstance(mine, msgspec.Struct) or type(mine) is not type(theirs):
        return ()
    names = (name for name in mine.__struct_fields__ if name not in STAMP)
    return tuple(
        path for name in names for path in _paths(name, getattr(mine, name), getattr(theirs, name))
    )


def _paths(name: str, mine: Any, theirs: Any) -> tuple[str, ...]:
    if mine == theirs:
        return ()
    return tuple(f"{name}.{inner}" for inner in changed_fields(mine, theirs)) or (name,)


def digest(body: bytes | None) -> str:
    """Return what the server keeps beside a shared document to notice a stranger's hand.

    The same as in ``scripts.WRITE_SHARED``: SHA-1 in hex, or "" where there is no document.
    """
    return "" if body is None else hashlib.sha1(body, usedforsecurity=False).hexdigest()
