"""What a consensus rests on: each source's price, what became of it, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from qt_trade.model.quotes import Quote


@dataclass(frozen=True, slots=True)
class Policy:
    """When a price is believed. ``quorum``: how many real-time sources must agree on it.

    ``tolerance_bp``: how far a source that agrees may be from the price, at the most, and twice
    how far it usually may. ``max_age``: an older price does not count.
    """

    quorum: int = 2
    tolerance_bp: float = 10.0
    max_age: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Said:
    """A source's last quote. ``streamed``: pushed by it, else asked for now and then.

    ``apart``: why it cannot confirm a price ("delayed by 15 min"); empty for one in real time.
    """

    source: str
    quote: Quote
    streamed: bool
    apart: str = ""


class Verdict(StrEnum):
    """What became of a source's price; the wire's words for it are the same."""

    USED = "USED"
    TOO_OLD = "TOO_OLD"
    AHEAD = "AHEAD"
    OUTLIER = "OUTLIER"
    NOT_REAL_TIME = "NOT_REAL_TIME"
    NO_PRICE = "NO_PRICE"


@dataclass(frozen=True, slots=True)
class Judged:
    """One source as the consensus sees it. ``left_out``: why it does not count, empty: it does.

    ``deviation_bp``: how far it is from the consensus; None without a price.
    """

    source: str
    quote: Quote | None
    streamed: bool
    verdict: Verdict
    left_out: str
    deviation_bp: float | None


class Standing(StrEnum):
    """What a price is worth. UNCONFIRMED: fewer sources agree than must. STALE: none is fresh."""

    AGREED = "AGREED"
    UNCONFIRMED = "UNCONFIRMED"
    CONTRADICTORY = "CONTRADICTORY"
    STALE = "STALE"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a symbol fared in this session. ``agreed_pct``: of its quotes, those without doubt.

    ``longest_gap_s``: the longest time without such a quote, and since when that was.
    """

    agreed_pct: float | None = None
    longest_gap_s: float | None = None
    longest_gap_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consensus:
    """The price of a symbol with its evidence. ``quote.doubt`` says in words what it lacks.

    ``dispersion_bp``: how far the fresh real-time prices are apart; None for fewer than two.
    ``used``: who agrees on the price. ``primary``: the freshest of them. ``holds_until``: when it
    has to be judged again though nobody says anything.
    """

    quote: Quote
    standing: Standing
    quorum: int
    dispersion_bp: float | None
    used: tuple[str, ...]
    primary: str
    book_source: str
    judged: tuple[Judged, ...]
    holds_until: datetime | None
    halted: bool = False
    agreement: Agreement = Agreement()
