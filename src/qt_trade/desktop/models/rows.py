"""What the tables are given: plain frozen rows, numbers as numbers, None where there is none.

Fractions are fractions: 0.013 is +1.30 %. Amounts and prices are USD. Times are aware datetimes.
``stale`` says that the row's values are too old to carry a colour.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from qt_trade.desktop.models.format import Number
from qt_trade.model.predictions import Skill


class Row(Protocol):
    """One row of any table; ``key`` names it for as long as it is shown."""

    @property
    def key(self) -> str: ...

    @property
    def stale(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Horizon:
    """What a model expects: the ``move`` as a fraction, and how sure it is of the direction.

    ``skill``: what it has shown of itself at this horizon; only what is proven has a colour.
    """

    move: float
    confidence: float
    skill: Skill


Horizons = tuple[Horizon | None, Horizon | None, Horizon | None]
"""After 15, 30 and 60 minutes; None where the model gives no signal."""
NO_HORIZONS: Horizons = (None, None, None)


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One symbol of the watch list.

    ``spark``: prices of the day, oldest first, at most 40 are drawn. ``ageing``: the age is worth
    a look (amber) though the price still counts. ``sources``: how many stand behind the price.
    ``words``: what is to be known of the symbol itself; ``mine``: it may be taken out.
    ``unpredicted``: why a horizon is missing.
    """

    symbol: str
    name: str = ""
    words: str = ""
    words_tone: str = ""
    mine: bool = False
    sources: str = ""
    sources_tone: str = ""
    last: float | None = None
    change: float | None = None
    change_fraction: float | None = None
    previous_close: float | None = None
    bid: float | None = None
    ask: float | None = None
    volume: int | None = None
    spark: tuple[float, ...] = ()
    age_s: float | None = None
    ageing: bool = False
    horizons: Horizons = NO_HORIZONS
    unpredicted: str = ""
    stale: bool = False

    @property
    def key(self) -> str:
        return self.symbol


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One position. ``weight`` is its share of the account, ``weight_cap`` the most allowed."""

    symbol: str
    quantity: Decimal
    name: str = ""
    average_cost: Number | None = None
    last: Number | None = None
    day_fraction: float | None = None
    day_pl: Number | None = None
    value: Number | None = None
    weight: float | None = None
    weight_cap: float | None = None
    unrealized: Number | None = None
    stale: bool = False

    @property
    def key(self) -> str:
        return self.symbol


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """The newest predictions of one symbol; ``words`` says why a horizon is missing."""

    symbol: str
    horizons: Horizons = NO_HORIZONS
    words: str = ""
    stale: bool = False

    @property
    def key(self) -> str:
        return self.symbol


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One fill. ``side`` is ``buy`` or ``sell``; ``realized`` is None for an opening fill."""

    fill_id: str
    at: datetime
    symbol: str
    side: str
    quantity: Decimal
    price: Number
    value: Number
    source: str
    fees: Number | None = None
    realized: Number | None = None
    reason: str = ""
    stale: bool = False

    @property
    def key(self) -> str:
        return self.fill_id
