"""Rules of dollars: one order, one day, the capital, the cash."""

from qt_trade.model.money import Usd
from qt_trade.model.orders import Side
from qt_trade.trading.risk.case import Case, Standing
from qt_trade.trading.risk.figures import dollars
from qt_trade.trading.risk.rule import REDUCES, Finding, passed, refused, rule, within


def _no_price(case: Case) -> Finding:
    return refused(f"there is no price of {case.order.symbol} to reckon with")


@rule("Single order", "order_notional_max")
def order_notional(case: Case) -> Finding:
    """One order that opens is worth no more than the cap."""
    if case.reduces:
        return REDUCES
    worth, cap = case.notional, case.limits.order_notional_max
    if worth is None:
        return _no_price(case)
    words = f"the order is worth up to {dollars(worth)} of {dollars(cap)} USD"
    return within(worth <= cap, words, "above the cap per order", dollars(worth), dollars(cap))


@rule("Trading capital", "trading_capital", at_limit="refuses the buy")
def trading_capital(case: Case) -> Finding:
    """Everything held and ordered together is worth no more than the capital to trade with."""
    if case.reduces:
        return REDUCES
    capital, notional = case.limits.trading_capital, case.notional
    if capital is None:
        return passed("nobody named a trading capital")
    there = case.exposure()
    if notional is None or there is None:
        return refused("there is no price of everything that is held or ordered")
    after = Usd(there + notional)
    words = f"{dollars(after)} held, ordered and wanted of {dollars(capital)} USD"
    trouble = "above the trading capital"
    return within(after <= capital, words, trouble, dollars(after), dollars(capital))


@rule("Opened today", "daily_notional_cap")
def daily_notional(case: Case) -> Finding:
    """What is opened on one exchange day, open orders included, stays within the cap."""
    if case.reduces:
        return REDUCES
    cost, cap = case.cost, case.limits.daily_notional_cap
    if cost is None:
        return _no_price(case)
    opened = opened_today(case)
    words = f"{dollars(opened)} opened or ordered today + {dollars(cost)} of {dollars(cap)} USD"
    after = Usd(opened + cost)
    return within(after <= cap, words, "above the daily cap", dollars(after), dollars(cap))


def opened_today(standing: Standing) -> Usd:
    """Return what was opened today and what open orders may still open."""
    return Usd(standing.book.account.today.opened + standing.waiting)


@rule("Cash reserve", "cash_reserve", at_limit="refuses the buy")
def cash_reserve(case: Case) -> Finding:
    """A purchase, commission and slippage included, never reaches into the cash reserve."""
    if case.order.side is Side.SELL:
        return passed("a sale needs no cash")
    if case.reduces:
        return REDUCES
    cost, reserve = case.cost, case.limits.cash_reserve
    if cost is None:
        return _no_price(case)
    free = Usd(case.book.free_cash() - reserve)
    words = (
        f"costs up to {dollars(cost)}, {dollars(free)} USD are free beyond the reserve of "
        f"{dollars(reserve)}"
    )
    return within(cost <= free, words, "not enough cash", dollars(cost), dollars(free))


@rule("Settled cash", at_limit="refuses the buy")
def settled_cash(case: Case) -> Finding:
    """A purchase is paid with cash that has settled and that the broker lets us spend."""
    if case.order.side is Side.SELL:
        return passed("a sale needs no cash")
    if case.reduces:
        return REDUCES
    restrictions = case.book.restrictions
    told = [
        one for one in (restrictions.settled_cash, restrictions.buying_power) if one is not None
    ]
    if not told:
        return passed("the broker sets no bound of its own")
    cost = case.cost
    if cost is None:
        return _no_price(case)
    free = Usd(min(told) - case.book.account.reserved)
    words = f"costs up to {dollars(cost)}, {dollars(free)} USD of settled cash are free"
    trouble = "wait for the settlement"
    return within(cost <= free, words, trouble, dollars(cost), dollars(free))
