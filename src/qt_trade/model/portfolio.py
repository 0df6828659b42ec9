"""Cash and positions, and what the market says they are worth."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.money import Usd
from qt_trade.model.shares import Shares
from qt_trade.model.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Position:
    """Shares held (negative: short), what they cost in all, and what closing trades earned.

    ``cost`` is the exact cost of the shares held now, commissions of opening fills left out;
    ``realized`` sums closed profit after commissions.
    """

    symbol: Symbol
    quantity: Shares
    cost: Usd
    realized: Usd
    opened_at: datetime | None
