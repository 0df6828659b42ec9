"""What a symbol stands for, and what its company did to its shares."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from qt_trade.model.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Instrument:
    """A listed share. ``tradable`` None: who told of it is no broker."""

    symbol: Symbol
    name: str
    exchange: str = ""
    tradable: bool | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What was said of a symbol, by whom and when. ``instrument`` None: that there is none."""

    symbol: Symbol
    instrument: Instrument | None
    said_by: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Split:
    """From ``ex_date`` on there are ``ratio`` new shares for an old one (4 for 4:1, 0.1 for 1:10)."""

    symbol: Symbol
    ex_date: date
    ratio: Decimal

    def __post_init__(self) -> None:
        if not (self.ratio.is_finite() and self.ratio > 0):
            raise ValueError(f"{self.symbol}: a split of {self.ratio} shares for one is none")


@dataclass(frozen=True, slots=True)
class Dividend:
    """USD per share, as many as there were on that day, to whoever held it before ``ex_date``."""

    symbol: Symbol
    ex_date: date
    amount: Decimal

    def __post_init__(self) -> None:
        if not (self.amount.is_finite() and self.amount > 0):
            raise ValueError(f"{self.symbol}: a dividend of {self.amount} USD is none")


CorporateAction = Split | Dividend
