"""The limits a person sets; none has a default here, so none can be forgotten."""

from dataclasses import dataclass
from enum import StrEnum

from qt_trade.model.money import Usd


class Strategy(StrEnum):
    CONSERVATIVE = "CONSERVATIVE"
    BALANCED = "BALANCED"
    AGGRESSIVE = "AGGRESSIVE"


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """What no order may exceed.

    ``daily_notional_cap``: opened per exchange day. ``position_shares_max`` and
    ``position_weight_max`` (fraction of account value): held per symbol, open orders included.
    ``trades_per_cycle_max``: orders of one cycle. ``cash_reserve``: never spent.
    ``cooldown_min``: minutes between two opening orders in a symbol.
    """

    daily_notional_cap: Usd
    position_shares_max: int
    position_weight_max: float
    trades_per_cycle_max: int
    cash_reserve: Usd
    cooldown_min: int
