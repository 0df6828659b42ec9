"""The settings of a strategy, and the three presets a person can start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from qt_trade.model.limits import Strategy
from qt_trade.model.money import Usd, usd
from qt_trade.model.signals import Source
from qt_trade.model.symbols import Symbol


class Agreement(StrEnum):
    """How the sources in use come to one word.

    ALL: every one says BUY, and one SELL is enough to leave. NO_OBJECTION: one says it and none
    the opposite. NET: the stronger side wins.
    """

    ALL = "ALL"
    NO_OBJECTION = "NO_OBJECTION"
    NET = "NET"


class PositionSizing(StrEnum):
    FIXED = "FIXED"
    PERCENTAGE = "PERCENTAGE"
    VOLATILITY_BASED = "VOLATILITY_BASED"


class TradingPolicy(StrEnum):
    """What AutoTrading may do. FLAT_BY_CLOSE: it sells all in the last minutes it leaves out."""

    NORMAL = "NORMAL"
    EXITS_ONLY = "EXITS_ONLY"
    FLAT_BY_CLOSE = "FLAT_BY_CLOSE"


@dataclass(frozen=True, slots=True)
class SignalUse:
    """Which sources count, and what makes them say BUY or SELL (ML has its own thresholds).

    ``technical_score_min``: least mean of the technical votes, 0 to 1.
    """

    ml: bool = True
    candidates: bool = False
    technical: bool = False
    candidate_score_min: float = 0.6
    technical_score_min: float = 0.5

    @property
    def names(self) -> tuple[Source, ...]:
        """The sources in use."""
        use = {
            Source.ML: self.ml,
            Source.CANDIDATES: self.candidates,
            Source.TECHNICAL: self.technical,
        }
        return tuple(name for name, used in use.items() if used)


@dataclass(frozen=True, slots=True)
class PortfolioAims:
    """What the account should look like. None: nobody wants anything of the kind.

    ``positions``: how many; ``weight_max``: the largest, as a fraction of the capital;
    ``capital``: what is traded with, when that is less than the account is worth;
    ``rebalance_beyond``: how far a weight may be off the equal one, as a fraction of the capital.
    """

    positions: int | None = None
    weight_max: float | None = None
    capital: Usd | None = None
    rebalance_beyond: float | None = None
    preferred_sectors: tuple[str, ...] = ()
    excluded: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class TradingHours:
    """Minutes of the regular session in which nothing opens; early closes are closes, too."""

    skip_first_min: int = 0
    skip_last_min: int = 0


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
    ``sizing``: FIXED buys ``order_notional``; the others are told in ``trading.sizing``, and
    ``sizing_scale`` makes them larger or smaller. ``fractional``: sizes need not be whole shares.
    ``exits_at_broker``: openings take their stop loss and take profit along as BRACKET orders.
    ``own``: the name of a person's own strategy that decides instead.
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
    # Younger than the oldest journals: what they do not say is as it was.
    agreement: Agreement = Agreement.NO_OBJECTION
    signals: SignalUse = SignalUse()
    aims: PortfolioAims = PortfolioAims()
    hours: TradingHours = TradingHours()
    policy: TradingPolicy = TradingPolicy.NORMAL
    sizing: PositionSizing = PositionSizing.FIXED
    sizing_scale: float = 1.0
    fractional: bool = False
    exits_at_broker: bool = False
    own: str = ""


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
            agreement=Agreement.ALL,
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
            agreement=Agreement.NET,
        ),
    }
)
"""Data, not code: a changed number changes behaviour and nothing else."""
