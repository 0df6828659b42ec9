"""How a frontend asks for AutoTrading with a preset: the same configuration from every frontend."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract.payloads.trading import AutoTradingConfig
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.money import to_decimal
from qt_trade.model.presets import PRESETS


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, when, and on what feed. ``source`` is the program, ``name`` the person or desk."""

    at: datetime
    source: str
    feed: FeedKind
    session_id: str
    name: str


def preset_config(strategy: Strategy, asker: Asker, *, enabled: bool) -> AutoTradingConfig:
    """Return the configuration of a strategy as its preset has it."""
    preset = PRESETS[strategy]
    return AutoTradingConfig(
        ts=asker.at,
        source=asker.source,
        feed=asker.feed,
        session_id=asker.session_id,
        enabled=enabled,
        strategy=strategy,
        confidence_min=preset.confidence_min,
        buy_threshold_pct=preset.buy_threshold,
        sell_threshold_pct=preset.sell_threshold,
        order_notional=to_decimal(preset.order_notional),
        max_position_per_trade=preset.order_shares_max,
        stop_loss_pct=preset.stop_loss,
        take_profit_pct=preset.take_profit,
        updated_by=asker.name,
    )
