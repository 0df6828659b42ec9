"""Rules of the market's moment: whether it is open, and whether its prices can be believed."""

from datetime import timedelta

from qt_trade.model.orders import OrderOrigin, OrderType
from qt_trade.model.quotes import Quote
from qt_trade.trading.risk.case import Case
from qt_trade.trading.risk.rule import REDUCES, Finding, passed, refused, rule, within

_BP = 10_000
_AT_THE_MARKET = {OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP}


@rule("Market hours")
def market_hours(case: Case) -> Finding:
    """Outside the regular session, which an early close shortens, nothing trades.

    Before and after it an order may that says extended hours.
    """
    market = case.book.market
    if market.open:
        return passed(market.words)
    if not market.extended:
        return refused(f"the market is closed: {market.words}")
    if case.order.extended_hours:
        return passed(f"{market.words}; the order is for extended hours")
    return refused(f"{market.words}; only an order for extended hours trades now")


@rule("First and last minutes", "skip_first_min", "skip_last_min", at_limit="refuses the opening")
def session_edges(case: Case) -> Finding:
    """The first and last minutes of a session open nothing, where a person set any."""
    if case.reduces:
        return REDUCES
    market, limits, now = case.book.market, case.limits, case.book.feed_now
    first, last = limits.skip_first_min, limits.skip_last_min
    if market.opens_at is not None and now < market.opens_at + timedelta(minutes=first):
        return refused(f"the first {first} min of the session are left out", limit=f"{first} min")
    if market.closes_at is not None and now >= market.closes_at - timedelta(minutes=last):
        return refused(f"the last {last} min of the session are left out", limit=f"{last} min")
    return passed("not in the minutes that are left out" if first or last else "none are left out")


@rule("Market data", at_limit="refuses the opening")
def market_data(case: Case) -> Finding:
    """A missing, old or contradictory quote opens nothing, nor one that too few sources support.

    A person may still close a position on it, for not being able to leave is the greater risk;
    AutoTrading may not, because its reason to close came from the same data.
    """
    trouble = _trouble(case)
    if trouble is None:
        return passed("the quote is fresh and sound")
    if case.reduces and case.order.origin is not OrderOrigin.AUTOTRADING:
        return passed(f"{trouble}, but the order only shrinks the position")
    return refused(f"{trouble}; wait for a fresh quote")


def _trouble(case: Case) -> str | None:
    quote, book = case.quote, case.book
    if quote is None:
        return f"there is no quote of {case.order.symbol}"
    if quote.crossed:
        return f"the quote contradicts itself: bid {quote.bid} above ask {quote.ask}"
    if quote.doubt:
        return quote.doubt
    age, most = book.quote_age_s(quote), book.market.stale_after_s
    if age > most:
        return f"the quote is {age:.0f} s old, {most:.0f} s are allowed"
    if age < -most:
        return f"the quote is {-age:.0f} s ahead of the clock"
    return None


@rule("Spread", "spread_max_bp", at_limit="refuses the opening")
def spread(case: Case) -> Finding:
    """Nothing opens at the market while bid and ask stand too far apart; a limit may."""
    if case.reduces:
        return REDUCES
    if case.order.order_type not in _AT_THE_MARKET:
        return passed("the order has a limit")
    wide = None if case.quote is None else spread_bp(case.quote)
    if wide is None:
        return passed("the quote has no bid and ask")
    most = case.limits.spread_max_bp
    words = f"bid and ask stand {wide:.1f} bp apart, {most} bp are allowed"
    return within(wide <= most, words, "send it with a limit", f"{wide:.1f} bp", f"{most} bp")


def spread_bp(quote: Quote) -> float | None:
    """Return how far bid and ask stand apart, in basis points of their middle."""
    if quote.bid is None or quote.ask is None:
        return None
    return (quote.ask - quote.bid) / quote.mid * _BP
