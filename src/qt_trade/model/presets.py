"""The settings of a strategy, and the three presets a person can start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qt_trade.model.limits import Strategy
from qt_trade.model.money import Usd, usd


@dataclass(frozen=True, slots=True)
class StrategySettings:
    """When to open, how much, when to close. Fractions throughout: 0.05 is 5 %.

    ``horizon_min``: the prediction horizon that counts, in minutes.
    ``confidence_min``: least probability of the predicted direction, 0.5 to 1.
    ``buy_threshold``: least expected rise to open; ``sell_threshold``: least expected fall to
    close. ``order_notional``: size of one opening order; ``order_shares_max``: its cap in shares.
    ``orders_max``: opening orders per cycle, the strongest first.
    ``stop_loss``/``take_profit``: distance from the average price at which a position is closed.
    ``exit_on_flip``: close when the prediction turns against the position.
    ``prediction_age_max_min``: an older prediction is no signal.
    """

    strategy: Strategy
    horizon_min: int
    confidence_min: float
    buy_threshold: float
    sell_threshold: float
    order_notional: Usd
    order_shares_max: int
    orders_max: int
    stop_loss: float
    take_profit: float
    exit_on_flip: bool
    prediction_age_max_min: int


PRESETS: Mapping[Strategy, StrategySettings] = MappingProxyType(
    {
        Strategy.CONSERVATIVE: StrategySettings(
            strategy=Strategy.CONSERVATIVE,
            horizon_min=60,
            confidence_min=0.60,
            buy_threshold=0.0010,
            sell_threshold=0.0010,
            order_notional=usd(2_500),
            order_shares_max=500,
            orders_max=1,
            stop_loss=0.010,
            take_profit=0.020,
            exit_on_flip=True,
            prediction_age_max_min=30,
        ),
        Strategy.BALANCED: StrategySettings(
            strategy=Strategy.BALANCED,
            horizon_min=60,
            confidence_min=0.55,
            buy_threshold=0.0005,
            sell_threshold=0.0005,
            order_notional=usd(5_000),
            order_shares_max=1_000,
            orders_max=3,
            stop_loss=0.015,
            take_profit=0.030,
            exit_on_flip=True,
            prediction_age_max_min=30,
        ),
        Strategy.AGGRESSIVE: StrategySettings(
            strategy=Strategy.AGGRESSIVE,
            horizon_min=30,
            confidence_min=0.52,
            buy_threshold=0.0002,
            sell_threshold=0.0002,
            order_notional=usd(10_000),
            order_shares_max=2_000,
            orders_max=5,
            stop_loss=0.025,
            take_profit=0.050,
            exit_on_flip=True,
            prediction_age_max_min=30,
        ),
    }
)
"""Data, not code: a changed number changes behaviour and nothing else."""
