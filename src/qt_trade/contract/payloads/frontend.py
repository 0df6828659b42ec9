"""Settings that a person makes at a frontend. Fractions throughout: 0.05 is 5 %.

What they do to a strategy, and whose word counts where two name the same: ``model.wishes``.
"""

from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import (
    Amount,
    Count,
    Fraction,
    Frontend,
    Shares,
    SymbolText,
    Words,
    check_given,
)
from qt_trade.model.limits import Strategy
from qt_trade.model.presets import PositionSizing

Level = Annotated[int, msgspec.Meta(ge=1, le=5)]
Percentage = Annotated[float, msgspec.Meta(ge=0, le=1, description="a fraction: 0.05 is 5 %")]


class TradingConfig(Frontend, frozen=True, kw_only=True):
    """How boldly to trade, with how much.

    ``paper_mode`` must be true: a document never chooses real money. ``cash_reserve`` and
    ``trading_capital`` in USD.
    """

    aggressiveness: Level
    max_position_size: Shares
    max_daily_trades: Count
    buy_threshold_pct: Percentage
    sell_threshold_pct: Percentage
    stop_loss_pct: Percentage
    take_profit_pct: Percentage
    cash_reserve: Amount
    trading_capital: Amount
    use_ml_signals: bool
    ml_confidence_threshold: Fraction
    paper_mode: bool
    updated_by: str

    def __post_init__(self) -> None:
        check_given(cash_reserve=self.cash_reserve, trading_capital=self.trading_capital)


class BotStrategy(Frontend, frozen=True, kw_only=True):
    """Which signals count, and how a position is sized. The older MODERATE is BALANCED here."""

    strategy_type: Strategy
    use_grok_signals: bool
    use_ml_predictions: bool
    use_technical_analysis: bool
    grok_score_threshold: Fraction
    ml_confidence_threshold: Fraction
    risk_level: Level
    position_sizing_method: PositionSizing
    diversification_target: Count
    updated_by: str


class PortfolioSettings(Frontend, frozen=True, kw_only=True):
    """What the account should look like. ``target_diversification``: positions wanted."""

    target_diversification: Count
    max_position_pct: Percentage
    rebalance_enabled: bool
    rebalance_threshold: Percentage
    preferred_sectors: tuple[Words, ...]
    excluded_symbols: tuple[SymbolText, ...]
    cash_reserve: Amount
    updated_by: str

    def __post_init__(self) -> None:
        check_given(cash_reserve=self.cash_reserve)


class UiState(Frontend, frozen=True, kw_only=True):
    """What the last frontend showed, for the next one to begin with."""

    active_tab: str
    chart_symbol: SymbolText | None
    chart_timeframe: str
    theme: str
    notifications_enabled: bool
