"""How many shares an opening order is for."""

from dataclasses import dataclass

from qt_trade.model.money import Usd, format_usd
from qt_trade.model.presets import StrategySettings


@dataclass(frozen=True, slots=True)
class Size:
    """Whole shares, 0 when none can be bought; ``words`` say how they came about."""

    shares: int
    words: str


def size_opening(price: Usd, settings: StrategySettings) -> Size:
    """Return as many whole shares as the order size buys at a price, up to the cap per order."""
    affordable = settings.order_notional // price
    size = f"order size {format_usd(settings.order_notional)}"
    if affordable == 0:
        return Size(0, f"price above the order size: a share costs {format_usd(price)}, {size}")
    shares = min(affordable, settings.order_shares_max)
    capped = f", capped at {shares}" if shares < affordable else ""
    return Size(shares, f"{shares} shares at {format_usd(price)} for {size}{capped}")
