"""What a worker and its training process say to each other: a line of JSON each, over pipes."""

from datetime import datetime

import msgspec

from qt_trade.market.calendar import Session
from qt_trade.model.models import ModelFacts


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """What to learn, from what: bars of ``symbols`` in [``since``, ``until``) of one feed.

    The database's URL goes this way, too: a pipe is in no process list.
    """

    database_url: str
    source_key: str
    sessions: tuple[Session, ...]
    symbols: tuple[str, ...]
    since: datetime
    until: datetime
    horizons_min: tuple[int, ...]
    trigger: str
    seed: int
    cost_bp: float
    threads: int


class Told(msgspec.Struct, frozen=True, kw_only=True, tag="told"):
    """How far it is. ``share`` of all horizons 0 … 1; ``horizon_min`` 0: of none yet."""

    horizon_min: int
    stage: str
    share: float
    rounds: tuple[int, ...] = ()
    training: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()
    metrics: dict[str, float] = {}
    data: str = ""
    split: str = ""


class Learned(msgspec.Struct, frozen=True, kw_only=True, tag="learned"):
    """One horizon's model. ``words``: what its skill was judged by."""

    content: bytes
    facts: ModelFacts
    words: str


class Lacking(msgspec.Struct, frozen=True, kw_only=True, tag="lacking"):
    """A horizon that cannot be trained, and what is missing."""

    horizon_min: int
    words: str


Line = Told | Learned | Lacking

LINE_BYTES_MAX = 64 * 1024 * 1024
"""No line is longer; a model is some hundred kilobytes."""
