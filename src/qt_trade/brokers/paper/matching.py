"""What a quote does to one order: whether its stop is reached, whether and at what it fills."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from qt_trade.brokers.paper.working import Working
from qt_trade.model.costs import CENT, TradingCosts
from qt_trade.model.money import Usd, usd_rounded
from qt_trade.model.orders import OrderType, Side
from qt_trade.model.quotes import Quote

_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
_BASIS = 10_000


def is_stop(working: Working) -> bool:
    """Return whether an order waits for a price before it is worked."""
    return working.order.order_type in _STOPS


def trailed(working: Working, quote: Quote) -> Usd | None:
    """Return where a trailing stop stands after a quote, to the cent; None for every other order.

    It follows the last price at its distance and never goes back, so that where it stands is all
    there is to remember of the prices before.
    """
    order = working.order
    if order.order_type is not OrderType.TRAILING_STOP:
        return None
    price = Decimal(usd_rounded(quote.price))
    bp = order.trail_bp
    trail = Decimal(order.trail_price or 0) if bp is None else price * bp / _BASIS
    if order.side is Side.SELL:
        stop = max(_cent(price - trail, ROUND_FLOOR), CENT)
        return Usd(stop if working.stop is None else max(stop, working.stop))
    stop = _cent(price + trail, ROUND_CEILING)
    return Usd(stop if working.stop is None else min(stop, working.stop))


def reached(working: Working, quote: Quote) -> bool:
    """Return whether the last price has reached an order's stop."""
    if working.stop is None or quote.crossed:
        return False
    price = usd_rounded(quote.price)
    return price >= working.stop if working.order.side is Side.BUY else price <= working.stop


def marketable(working: Working, quote: Quote, costs: TradingCosts) -> bool:
    """Return whether a quote fills an order at a price it takes."""
    order = working.order
    if quote.crossed or (is_stop(working) and not working.triggered):
        return False
    if order.limit_price is None:
        price, bound = costs.market_price(quote, order.side), working.worst_price
    else:
        price, bound = costs.touch(quote, order.side), order.limit_price
    if bound is None:
        return True
    return price <= bound if order.side is Side.BUY else price >= bound


def fill_price(working: Working, quote: Quote, costs: TradingCosts) -> Usd:
    """Return the price of a fill: at its limit for one that rested, as in a book it was first in."""
    order = working.order
    if order.limit_price is None:
        return costs.market_price(quote, order.side)
    if working.resting and order.order_type is OrderType.LIMIT:
        return order.limit_price
    return costs.touch(quote, order.side)


def reckoned(working: Working, quote: Quote | None, costs: TradingCosts) -> Usd:
    """Return the price that buying power is held back at."""
    order = working.order
    if order.limit_price is not None:
        return order.limit_price
    if working.stop is not None:
        return working.stop
    if quote is None:
        return working.worst_price or Usd(0)
    return costs.market_price(quote, order.side)


def _cent(price: Decimal, rounding: str) -> int:
    return int((price / CENT).to_integral_value(rounding=rounding)) * CENT
