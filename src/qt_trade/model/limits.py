"""The limits a person sets; none has a default here, so none can be forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from qt_trade.model.money import Usd
from qt_trade.model.symbols import Symbol


class Strategy(StrEnum):
    CONSERVATIVE = "CONSERVATIVE"
    BALANCED = "BALANCED"
    AGGRESSIVE = "AGGRESSIVE"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a person changes a limit: a document of the contract and its field."""

    key: str
    field: str

    @property
    def words(self) -> str:
        """The document and its field."""
        return _words(self.key, self.field)


RISK_SETTINGS = "risk_settings"


@lru_cache(maxsize=256)
def _words(key: str, field: str) -> str:
    return f"{key} {field}"


@lru_cache(maxsize=64)
def _own(name: str) -> Setting:
    # Every verdict names its setting, and there are dozens of verdicts on every order.
    return Setting(RISK_SETTINGS, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """What no order may exceed; open orders are always counted.

    Money: ``daily_notional_cap`` opened per exchange day, ``order_notional_max`` one order,
    ``cash_reserve`` never spent, ``trading_capital`` in positions altogether (None: nobody named
    one). Shares of the account's value: ``position_weight_max`` one symbol, ``sector_weight_max``
    one sector, ``exposure_max`` all positions. Numbers: ``position_shares_max`` of one symbol,
    ``positions_max`` symbols held, ``open_orders_max``, ``trades_per_cycle_max``,
    ``trades_per_day_max``, ``symbol_trades_per_day_max``, ``orders_per_min_max``.

    Prices: ``price_collar``, how far beyond the market one may be named (a fraction);
    ``spread_max_bp``, the widest spread an order without a limit is sent into. Time:
    ``cooldown_min`` between two openings of a symbol; ``skip_first_min`` and ``skip_last_min`` of
    the session open nothing.

    Breakers: ``day_loss_soft`` and ``day_loss_hard`` of the value the day began with,
    ``drawdown_max`` of the peak, ``unknown_orders_max`` orders nobody knows the fate of,
    ``broker_failures_max`` within a minute. ``shorting``: may more be sold than is held?
    ``excluded`` symbols are never opened; ``preferred_sectors``: to open in another is worth a
    warning, none named means that all are.

    ``settings``: by field, where it was named; what is missing there is of ``risk_settings``.
    """

    daily_notional_cap: Usd
    position_shares_max: int
    position_weight_max: float
    trades_per_cycle_max: int
    cash_reserve: Usd
    cooldown_min: int
    order_notional_max: Usd
    sector_weight_max: float
    exposure_max: float
    positions_max: int
    open_orders_max: int
    trades_per_day_max: int
    symbol_trades_per_day_max: int
    orders_per_min_max: int
    price_collar: float
    spread_max_bp: int
    skip_first_min: int
    skip_last_min: int
    day_loss_soft: float
    day_loss_hard: float
    drawdown_max: float
    unknown_orders_max: int
    broker_failures_max: int
    shorting: bool
    trading_capital: Usd | None
    excluded: frozenset[Symbol]
    preferred_sectors: frozenset[str]
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def setting(self, name: str) -> Setting:
        """Return where a limit was named."""
        return self.settings.get(name) or _own(name)
