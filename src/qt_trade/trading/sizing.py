"""How many shares an opening order is for.

With s the ``sizing_scale`` (from the risk level), C the capital, N the positions wanted, w the
largest weight and v the stock's daily volatility:

* FIXED: s * order size, in dollars.
* PERCENTAGE: C * min(s / N, w): equal weights, as DeMiguel, Garlappi & Uppal, "Optimal versus
  naive diversification" (Review of Financial Studies, 2009) found hard to beat.
* VOLATILITY_BASED: C * min(s / N * min(1, v0 / v), w), v0 = 1 % a day: weights inverse to
  volatility, as Moskowitz, Ooi & Pedersen, "Time series momentum" (Journal of Financial
  Economics, 2012), section 4, size theirs, and never above the equal weight. v is that of the
  stored bars, see ``trading.technical``.

Whole shares are bought, or where parts are allowed to the millionth, rounded down, so that the
notional is never above what the formula says; and never more than ``order_shares_max``.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from qt_trade.model.money import Usd, format_usd, to_cent, to_decimal
from qt_trade.model.presets import PositionSizing, StrategySettings
from qt_trade.model.shares import NO_SHARES, Shares, format_shares

POSITIONS = 10
"""Positions wanted where nobody named a number."""
CALM_DAY = 0.01
"""v0: a stock that moves by this much a day has the equal weight."""

_WHOLE = Decimal(1)
_PART = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a size is reckoned from. None: not known now, and ``words`` of the size say so."""

    capital: Usd | None
    volatility_day: float | None


@dataclass(frozen=True, slots=True)
class Size:
    """Shares, 0 when none can be bought; ``words`` say how they came about."""

    shares: Shares
    words: str


@dataclass(frozen=True, slots=True)
class _Notional:
    amount: Usd
    words: str


def size_opening(price: Usd, settings: StrategySettings, basis: Basis) -> Size:
    """Return as many shares as the sizing method buys at a price, up to the cap per order."""
    wanted = _notional(settings, basis)
    if isinstance(wanted, str):
        return Size(NO_SHARES, wanted)
    affordable = shares_for(wanted.amount, price, fractional=_fractional(settings))
    if affordable == 0:
        costs = f"a share costs {format_usd(price)}, {wanted.words}"
        return Size(NO_SHARES, f"price above the order size: {costs}")
    shares = min(affordable, Shares(settings.order_shares_max))
    capped = f", capped at {format_shares(shares)}" if shares < affordable else ""
    return Size(
        shares, f"{format_shares(shares)} shares at {format_usd(price)} for {wanted.words}{capped}"
    )


def shares_for(amount: Usd, price: Usd, *, fractional: bool) -> Shares:
    """Return the most shares an amount buys at a price; 0 when it buys none."""
    step = _PART if fractional else _WHOLE
    return (Decimal(amount) / Decimal(price)).quantize(step, rounding=ROUND_DOWN)


def target_weight(settings: StrategySettings, basis: Basis) -> float | None:
    """Return a position's share of the capital, None while the volatility it needs is unknown."""
    aims = settings.aims
    positions = POSITIONS if aims.positions is None else aims.positions
    weight = settings.sizing_scale / positions if positions else 0.0
    if settings.sizing is PositionSizing.VOLATILITY_BASED:
        if basis.volatility_day is None:
            return None
        weight *= min(1.0, CALM_DAY / max(basis.volatility_day, CALM_DAY))
    return weight if aims.weight_max is None else min(weight, aims.weight_max)


def _fractional(settings: StrategySettings) -> bool:
    # Brokers hold no exits for a part of a share.
    return settings.fractional and not settings.exits_at_broker


def _notional(settings: StrategySettings, basis: Basis) -> _Notional | str:
    """Return what is to be spent and how it came about, or why nobody can say."""
    if settings.sizing is PositionSizing.FIXED:
        amount = Usd(int(settings.order_notional * Decimal(str(settings.sizing_scale))))
        return _Notional(amount, f"order size {format_usd(to_cent(amount))}")
    weight = target_weight(settings, basis)
    if weight is None:
        return "no size: the volatility is not known yet, there are too few bars"
    if basis.capital is None:
        return "no size: a holding has no price, so the capital is not known"
    amount = Usd(int(to_decimal(basis.capital) * Decimal(repr(weight)) * 1_000_000))
    of = f"{weight:.2%} of {format_usd(to_cent(basis.capital))}"
    moves = "" if basis.volatility_day is None else f", moving {basis.volatility_day:.2%} a day"
    return _Notional(
        amount,
        f"{of}{moves if settings.sizing is PositionSizing.VOLATILITY_BASED else ''}",
    )
