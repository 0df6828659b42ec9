"""What trading costs: the price an order is filled at and the commission it pays."""

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from qt_trade.model.money import Usd
from qt_trade.model.orders import Side
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import Shares, value_of

CENT = 10_000
"""One cent in micro-dollars."""


@dataclass(frozen=True, slots=True)
class TradingCosts:
    """Costs of one broker, for its fills and for estimates before an order is sent.

    ``half_spread_bp``: distance of the touch from the last price, in basis points, where a quote
    has no bid or ask. ``slippage_bp``: how much worse than the touch a market order fills.
    """

    half_spread_bp: float
    slippage_bp: float
    commission_per_share: Usd
    commission_min: Usd

    def __post_init__(self) -> None:
        for name in ("half_spread_bp", "slippage_bp", "commission_per_share", "commission_min"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} is {value}; a cost is finite and not negative")

    def commission(self, quantity: Shares) -> Usd:
        """Return the commission of a whole order: per share, at least the minimum.

        Where an order fills in parts they pay this together, never more.
        """
        return max(value_of(self.commission_per_share, quantity), self.commission_min)

    def touch(self, quote: Quote, side: Side) -> Usd:
        """Return the best price of the other side of the book, to the cent, adverse.

        A buyer meets the ask, a seller the bid; where the quote has none, the last price moved
        by ``half_spread_bp``.
        """
        quoted = quote.ask if side is Side.BUY else quote.bid
        if quoted is not None:
            return _adverse_cent(Decimal(repr(quoted)), side)
        return _adverse_cent(_moved(Decimal(repr(quote.price)), self.half_spread_bp, side), side)

    def market_price(self, quote: Quote, side: Side) -> Usd:
        """Return what a market order fills at: the touch plus slippage, to the cent, adverse."""
        touch = Decimal(self.touch(quote, side)).scaleb(-6)
        return _adverse_cent(_moved(touch, self.slippage_bp, side), side)


def _moved(price: Decimal, basis_points: float, side: Side) -> Decimal:
    part = Decimal(repr(basis_points)) / 10_000
    return price * (1 + part) if side is Side.BUY else price * (1 - part)


def _adverse_cent(price: Decimal, side: Side) -> Usd:
    rounding = ROUND_CEILING if side is Side.BUY else ROUND_FLOOR
    cents = int((price * 100).to_integral_value(rounding=rounding))
    return Usd(max(cents, 1) * CENT)
