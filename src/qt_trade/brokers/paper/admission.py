"""What a broker does not take."""

from qt_trade.brokers.paper.books import Books
from qt_trade.brokers.paper.matching import reckoned
from qt_trade.brokers.paper.shelf import Shelf
from qt_trade.brokers.paper.working import Working
from qt_trade.model.costs import TradingCosts
from qt_trade.model.money import Usd, format_usd
from qt_trade.model.orders import OrderStatus, Side
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import NO_SHARES, Shares, format_shares, value_of


def objection_to(
    working: Working,
    quote: Quote | None,
    books: Books,
    shelf: Shelf,
    costs: TradingCosts,
    instead_of: Working | None,
) -> str | None:
    """Return why an order is rejected, None when it is taken.

    ``instead_of``: the order whose place it takes; what that holds back is free.
    """
    order = working.order
    if quote is None:
        return f"no quote of {order.symbol}"
    if not books.known:
        return None
    others = [one for one in shelf.open() if one is not instead_of]
    if order.side is Side.SELL:
        return _shares_missing(working, books, others)
    short = -books.quantity(order.symbol)
    if short >= order.quantity:
        return None
    cost = _cost(working, working.order.quantity, quote, costs)
    # What it was approved with holds back the same money in the engine's books.
    held_back = sum(
        _cost(one, one.remaining, None, costs) for one in others if one.order.side is Side.BUY
    )
    free = Usd(books.cash - held_back)
    if cost <= free:
        return None
    return (
        f"insufficient buying power: it costs {format_usd(cost)}, {format_usd(free)} USD are free"
    )


def _cost(working: Working, quantity: Shares, quote: Quote | None, costs: TradingCosts) -> Usd:
    price = reckoned(working, quote, costs)
    return Usd(value_of(price, quantity) + costs.commission(quantity))


def _shares_missing(working: Working, books: Books, others: list[Working]) -> str | None:
    order = working.order
    waiting, pairs = NO_SHARES, {working.pair}
    for one in others:
        same = one.order.symbol == order.symbol and one.order.side is Side.SELL
        if not same or one.status is OrderStatus.HELD or (one.pair and one.pair in pairs):
            continue
        pairs.add(one.pair)
        waiting += one.remaining
    free = books.quantity(order.symbol) - waiting
    if order.quantity <= free:
        return None
    words = f"{format_shares(max(free, NO_SHARES))} shares are available"
    return f"shorting is not allowed: {words}, {format_shares(order.quantity)} are to be sold"
