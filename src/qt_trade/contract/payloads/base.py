"""What every payload carries, and the strict and the tolerant family of payloads.

Unknown fields are accepted where a frontend reads the backend (a newer peer) and refused in
settings and commands (a misspelt limit must not be ignored).
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from qt_trade.model.feeds import FeedKind

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Price = Annotated[float, msgspec.Meta(gt=0)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Amount = Decimal
PositiveAmount = Annotated[Decimal, msgspec.Meta(description="USD, positive")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Shares = Annotated[int, msgspec.Meta(ge=1)]
SymbolText = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9]{0,9}(\.[A-Z]{1,3})?$")]
Words = Annotated[str, msgspec.Meta(max_length=2000)]
Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$")]


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """A payload the backend writes. ``ts``: wall time of writing; ``source``: the role."""

    ts: Moment
    source: str
    feed: FeedKind


class Frontend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payload a frontend writes. ``session_id`` says who; ``feed`` what it believed to see."""

    ts: Moment
    source: str
    feed: FeedKind
    session_id: Id
