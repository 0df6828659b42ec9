"""The form an answer must have: one type, from which the schema that is sent is printed.

The fields are checked for their types here, and for their sense in ``checking``.
"""

from typing import Any, Literal

import msgspec

Advice = Literal["STRONG_BUY", "BUY", "HOLD", "SELL", "STRONG_SELL"]


class SaidCandidate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One opinion about the coming hour. score and confidence are fractions, risk_level is 1 to 5."""

    symbol: str
    recommendation: Advice
    score: float
    confidence: float
    target_price: float | None
    risk_level: int
    reason: str
    sources: list[str]


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All opinions, the strongest first; none is a good answer, too."""

    candidates: list[SaidCandidate]


class UnreadableError(Exception):
    """An answer does not have the form that was asked for; the text says where."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema that is sent along, as strict interfaces want it."""
    return msgspec.json.schema(Said)


def read(text: str) -> Said:
    """Return what was said. Raises UnreadableError."""
    try:
        return msgspec.json.decode(text, type=Said)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise UnreadableError(str(error)[:200]) from None
