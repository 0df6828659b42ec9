"""The chain of hashes that makes the journal show tampering; PostgreSQL computes the same."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

GENESIS = bytes(32)
"""What stands where the first record's predecessor would."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment(at: datetime) -> str:
    """Return a moment as whole microseconds since 1970: exact, and the same in any time zone."""
    return str((at - _EPOCH) // _MICROSECOND)


def digest(previous: bytes, fields: Sequence[str | None]) -> bytes:
    """Return the SHA-256 over the predecessor's hash and the fields.

    Each field carries its length, so that no two lists of fields read the same.
    """
    hashed = hashlib.sha256(previous)
    for field in fields:
        hashed.update(b"-" if field is None else _netstring(field.encode()))
    return hashed.digest()


def _netstring(text: bytes) -> bytes:
    return b"%d:%b," % (len(text), text)
