"""What risk itself has to remember: what the account was worth, and which breakers turned."""

from dataclasses import dataclass

from qt_trade.model.money import Usd
from qt_trade.trading.happened import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMarked(Happened):
    """The account was worth this much: the first mark of a day, a new peak, or a new beginning.

    ``day_start``: what it was worth when the exchange day began. ``deposited``: all that was paid
    in until then, which is neither gain nor loss. ``rebased``: a person resumed after a drawdown,
    and the peak is counted from here.
    """

    value: Usd
    deposited: Usd
    day_start: Usd
    rebased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerTurned(Happened):
    """A circuit breaker opened (nothing opens a position any more) or closed again."""

    name: str
    open: bool
    words: str
