"""The three strategies' starting values for the form.

The backend's own table stands in a room the desktop does not import; a test holds both equal.
"""

from dataclasses import dataclass

from qt_trade.model.limits import Strategy


@dataclass(frozen=True, slots=True)
class Preset:
    """Fractions, USD and shares, as in ``autotrading:enabled``."""

    confidence_min: float
    buy_threshold: float
    sell_threshold: float
    order_notional: int
    order_shares_max: int
    stop_loss: float
    take_profit: float


PRESETS: dict[Strategy, Preset] = {
    Strategy.CONSERVATIVE: Preset(0.60, 0.0010, 0.0010, 2_500, 500, 0.010, 0.020),
    Strategy.BALANCED: Preset(0.55, 0.0005, 0.0005, 5_000, 1_000, 0.015, 0.030),
    Strategy.AGGRESSIVE: Preset(0.52, 0.0002, 0.0002, 10_000, 2_000, 0.025, 0.050),
}
