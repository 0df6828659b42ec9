"""Holdings brought back towards equal weights, once they are off by more than a threshold."""

from dataclasses import dataclass

from qt_trade.model.money import Usd, to_float, usd_rounded
from qt_trade.model.orders import Side
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import NO_SHARES, Shares, format_shares, value_of
from qt_trade.model.symbols import Symbol
from qt_trade.trading.sizing import shares_for, target_weight
from qt_trade.trading.strategies.sight import Sight


@dataclass(frozen=True, slots=True)
class Change:
    """Shares to buy or sell towards the weight; none when it is near enough, with the words why."""

    side: Side
    quantity: Shares
    words: str


_NONE = Change(Side.SELL, NO_SHARES, "")


def rebalance(symbol: Symbol, quote: Quote, sight: Sight) -> Change:
    """Return what brings a holding back to its weight, when rebalancing is wished at all.

    The weight is the one an opening would be given (``sizing.target_weight``); the threshold is
    a distance between weights, so that nothing is traded to and fro over a trifle.
    """
    settings = sight.snapshot.settings
    beyond, capital = settings.aims.rebalance_beyond, sight.capital
    target = target_weight(settings, sight.basis(symbol))
    if beyond is None or target is None or not capital:
        return _NONE
    price = usd_rounded(quote.price)
    worth = value_of(price, sight.held[symbol].quantity)
    weight = to_float(worth) / to_float(capital)
    words = f"weighs {weight:.1%} of the capital, {target:.1%} are wanted"
    if abs(weight - target) <= beyond:
        return _NONE
    aim = usd_rounded(target * to_float(capital))
    # A part of a share is left alone where whole ones are the rule.
    if weight > target:
        excess = shares_for(Usd(worth - aim), price, fractional=settings.fractional)
        quantity = min(excess, sight.sellable(symbol))
        return _change(Side.SELL, quantity, words)
    bought = shares_for(Usd(aim - worth), price, fractional=settings.fractional)
    return _change(Side.BUY, min(bought, Shares(settings.order_shares_max)), words)


def _change(side: Side, quantity: Shares, words: str) -> Change:
    return Change(side, quantity, f"rebalances: {words}; {side} {format_shares(quantity)}")
