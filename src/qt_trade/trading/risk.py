"""The rules no order may break, each a small pure function, and the only place that approves.

A rule answers in words and never fails silently: there is no ``try`` here. What a rule cannot
know (no quote, no price of a holding) is an objection. Rules hold for every origin of an order;
one that can only shrink a position passes the caps, because a cap must never keep anyone in.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from qt_trade.model.limits import RiskLimits
from qt_trade.model.money import MICRO, Usd, format_usd, to_cent, usd
from qt_trade.model.orders import Order, OrderOrigin, Side
from qt_trade.model.shares import Shares, value_of
from qt_trade.model.verdicts import Approved, Refused, RuleVerdict
from qt_trade.trading.book import RiskBook

Rule = Callable[[Order, RiskBook, RiskLimits], RuleVerdict]

LIMIT_COLLAR = 0.10
"""How far beyond the market a limit may stand: further is taken for a slip of the finger."""

_CENT = 10_000
_REDUCES = "only shrinks the position"


def _pass(rule: str, words: str) -> RuleVerdict:
    return RuleVerdict(rule=rule, passed=True, words=words)


def _object(rule: str, words: str) -> RuleVerdict:
    return RuleVerdict(rule=rule, passed=False, words=words)


def stopped(order: Order, book: RiskBook, _limits: RiskLimits) -> RuleVerdict:
    """After STOP ALL nothing opens until a person resumes; positions may be closed."""
    if book.stopped is None:
        return _pass("stopped", "trading is not stopped")
    if book.reduces(order):
        return _pass("stopped", f"nothing may open, but the order {_REDUCES}")
    return _object("stopped", book.stopped)


def reconciled(order: Order, book: RiskBook, _limits: RiskLimits) -> RuleVerdict:
    """While our books differ from the broker's and nobody knows why, nothing opens."""
    found = book.account.unexplained
    if not found:
        return _pass("reconciled", "the books agree with the broker's, or it is known why not")
    words = "; ".join(one.words for one in found.values())
    if book.reduces(order):
        return _pass("reconciled", f"{words}, but the order {_REDUCES}")
    return _object("reconciled", f"{words}: explain it, or accept the broker's figure")


def market_hours(_order: Order, book: RiskBook, _limits: RiskLimits) -> RuleVerdict:
    """Outside the regular session nothing trades."""
    if book.market.open:
        return _pass("market_hours", book.market.words)
    return _object("market_hours", f"the market is closed: {book.market.words}")


def market_data(order: Order, book: RiskBook, _limits: RiskLimits) -> RuleVerdict:
    """A missing, old or contradictory quote opens nothing.

    A person may still close a position on it, for not being able to leave is the greater risk;
    AutoTrading may not, because its reason to close came from the same data.
    """
    trouble = _data_trouble(order, book)
    if trouble is None:
        return _pass("market_data", "the quote is fresh and sound")
    if book.reduces(order) and order.origin is not OrderOrigin.AUTOTRADING:
        return _pass("market_data", f"{trouble}, but the order {_REDUCES}")
    return _object("market_data", f"{trouble}; wait for a fresh quote")


def _data_trouble(order: Order, book: RiskBook) -> str | None:
    quote = book.quotes.get(order.symbol)
    if quote is None:
        return f"there is no quote of {order.symbol}"
    if quote.crossed:
        return f"the quote contradicts itself: bid {quote.bid} above ask {quote.ask}"
    age = book.quote_age_s(quote)
    if age > book.market.stale_after_s:
        return f"the quote is {age:.0f} s old, {book.market.stale_after_s:.0f} s are allowed"
    if age < -book.market.stale_after_s:
        return f"the quote is {-age:.0f} s ahead of the clock"
    return None


def price_sanity(order: Order, book: RiskBook, _limits: RiskLimits) -> RuleVerdict:
    """A limit is a price the exchange knows and stands at most 10 % beyond the market."""
    name = "price_sanity"
    limit = order.limit_price
    if limit is None:
        return _pass(name, "a market order names no price")
    tick = _CENT if limit >= MICRO else _CENT // 100
    if limit % tick:
        return _object(name, f"limit {format_usd(limit)} is no multiple of {format_usd(Usd(tick))}")
    mark = book.mark(order.symbol)
    if mark is None:
        return _object(name, f"there is no price of {order.symbol} to hold the limit against")
    collar = Usd(int(mark * (1 + LIMIT_COLLAR if order.side is Side.BUY else 1 - LIMIT_COLLAR)))
    beyond = limit > collar if order.side is Side.BUY else limit < collar
    words = (
        f"limit {format_usd(limit)} against {format_usd(to_cent(mark))}: "
        f"{order.side} goes to {format_usd(to_cent(collar))}"
    )
    return (
        _object(name, f"{words}; choose a limit nearer to the market")
        if beyond
        else _pass(name, words)
    )


def no_short(order: Order, book: RiskBook, _limits: RiskLimits) -> RuleVerdict:
    """Nothing is sold that is not held, shares in open sales left out."""
    if order.side is Side.BUY:
        return _pass("no_short", "a purchase")
    sellable = book.sellable(order.symbol)
    words = f"{sellable} shares of {order.symbol} can be sold, {order.quantity} are wanted"
    if order.quantity <= sellable:
        return _pass("no_short", words)
    return _object("no_short", f"{words}; going short is not allowed")


def position_shares(order: Order, book: RiskBook, limits: RiskLimits) -> RuleVerdict:
    """Shares held of a symbol, open purchases included, stay within the cap."""
    name = "position_shares"
    if book.reduces(order):
        return _pass(name, _REDUCES)
    account = book.account
    have = account.quantity(order.symbol) + account.waiting(order.symbol, Side.BUY)
    cap = limits.position_shares_max
    words = f"{have} held or ordered + {order.quantity} of {cap} shares"
    if have + order.quantity <= cap:
        return _pass(name, words)
    return _object(name, f"{words}: above the cap per symbol")


def position_weight(order: Order, book: RiskBook, limits: RiskLimits) -> RuleVerdict:
    """A symbol's share of the account, open purchases included, stays within the cap."""
    name = "position_weight"
    if book.reduces(order):
        return _pass(name, _REDUCES)
    value, mark, price = book.value(), book.mark(order.symbol), book.price(order)
    if value is None:
        return _object(name, f"no price of {', '.join(book.unpriced())}: the account has no value")
    if mark is None or price is None:
        return _object(name, f"there is no price of {order.symbol} to weigh it by")
    account = book.account
    waiting = sum(
        state.cost_left for state in account.open_orders if state.order.symbol == order.symbol
    )
    exposure = Usd(
        value_of(mark, account.quantity(order.symbol)) + waiting + value_of(price, order.quantity)
    )
    cap = Usd(int(max(value, 0) * limits.position_weight_max))
    words = (
        f"{format_usd(to_cent(exposure))} USD of {order.symbol} against "
        f"{limits.position_weight_max:.0%} of the account = {format_usd(to_cent(cap))} USD"
    )
    return _pass(name, words) if exposure <= cap else _object(name, f"{words}: above the cap")


def daily_notional(order: Order, book: RiskBook, limits: RiskLimits) -> RuleVerdict:
    """What is opened on one exchange day, open orders included, stays within the cap."""
    name = "daily_notional"
    if book.reduces(order):
        return _pass(name, _REDUCES)
    cost = book.cost(order)
    if cost is None:
        return _object(name, f"there is no price of {order.symbol} to reckon with")
    opened = Usd(book.account.today.opened + book.account.opening_reserved)
    cap = limits.daily_notional_cap
    words = (
        f"{format_usd(to_cent(opened))} opened or ordered today + {format_usd(to_cent(cost))} "
        f"of {format_usd(cap)} USD"
    )
    if opened + cost <= cap:
        return _pass(name, words)
    return _object(name, f"{words}: above the daily cap")


def cash_reserve(order: Order, book: RiskBook, limits: RiskLimits) -> RuleVerdict:
    """A purchase, commission and slippage included, never reaches into the cash reserve."""
    name = "cash_reserve"
    if order.side is Side.SELL:
        return _pass(name, "a sale needs no cash")
    if book.reduces(order):
        return _pass(name, _REDUCES)
    cost = book.cost(order)
    if cost is None:
        return _object(name, f"there is no price of {order.symbol} to reckon with")
    free = Usd(book.free_cash() - limits.cash_reserve)
    words = (
        f"costs up to {format_usd(to_cent(cost))}, {format_usd(to_cent(free))} USD are free beyond "
        f"the reserve of {format_usd(limits.cash_reserve)}"
    )
    return _pass(name, words) if cost <= free else _object(name, f"{words}: not enough cash")


def trades_per_cycle(order: Order, book: RiskBook, limits: RiskLimits) -> RuleVerdict:
    """One cycle sends no more orders than allowed; exits count, but are never held back."""
    name = "trades_per_cycle"
    if book.cycle_orders is None:
        return _pass(name, "not part of a cycle")
    if book.reduces(order):
        return _pass(name, _REDUCES)
    words = f"{book.cycle_orders} of {limits.trades_per_cycle_max} orders of this cycle are used"
    if book.cycle_orders < limits.trades_per_cycle_max:
        return _pass(name, words)
    return _object(name, f"{words}; the next cycle may")


def cooldown(order: Order, book: RiskBook, limits: RiskLimits) -> RuleVerdict:
    """Between two opening orders in a symbol some minutes pass."""
    name = "cooldown"
    if book.reduces(order):
        return _pass(name, _REDUCES)
    last = book.account.last_opening.get(order.symbol)
    if last is None or last.order_id == order.order_id:
        return _pass(name, f"no earlier opening in {order.symbol}")
    until = last.feed_at + timedelta(minutes=limits.cooldown_min)
    minutes = (book.feed_now - last.feed_at).total_seconds() / 60
    words = f"last opening {minutes:.1f} min ago, {limits.cooldown_min} min must pass"
    if book.feed_now >= until:
        return _pass(name, words)
    return _object(name, f"{words}; possible from {until:%H:%M:%S} UTC")


RULES: tuple[Rule, ...] = (
    stopped,
    reconciled,
    market_hours,
    market_data,
    price_sanity,
    no_short,
    position_shares,
    position_weight,
    daily_notional,
    cash_reserve,
    trades_per_cycle,
    cooldown,
)
"""Every rule, the most telling objection first. A test fails when a rule is not listed."""


def judge(order: Order, book: RiskBook, limits: RiskLimits) -> Approved | Refused:
    """Hold an order against every rule; the first objection is the reason, with a way out.

    An approved order stays approved when it shrinks (a property test holds that), so the largest
    quantity that passes is well defined and named in a refusal.
    """
    verdicts = _verdicts(order, book, limits)
    objection = next((verdict for verdict in verdicts if not verdict.passed), None)
    if objection is None:
        return Approved(order=order, verdicts=verdicts, worst_price=_worst_price(order, book))
    largest = largest_quantity(order, book, limits)
    way_out = f"; {largest} shares would pass" if largest else ""
    return Refused(
        order=order,
        verdicts=verdicts,
        because=f"{objection.rule}: {objection.words}{way_out}",
    )


def largest_quantity(order: Order, book: RiskBook, limits: RiskLimits) -> int:
    """Return the most whole shares, up to the order's own quantity, that every rule lets pass."""
    passing, failing = 0, int(order.quantity) + 1
    while failing - passing > 1:
        middle = (passing + failing) // 2
        verdicts = _verdicts(replace(order, quantity=Shares(middle)), book, limits)
        if all(verdict.passed for verdict in verdicts):
            passing = middle
        else:
            failing = middle
    return passing


def reserve_for(order: Order, book: RiskBook) -> Usd:
    """Return the cash an approved order may need: nothing for a sale."""
    cost = book.cost(order) if order.side is Side.BUY else None
    return usd(0) if cost is None else cost


def _worst_price(order: Order, book: RiskBook) -> Usd | None:
    """Hold a purchase at the market to the price the caps were reckoned with."""
    bound = order.limit_price is None and not book.reduces(order)
    return book.price(order) if bound else None


def _verdicts(order: Order, book: RiskBook, limits: RiskLimits) -> tuple[RuleVerdict, ...]:
    return tuple(rule(order, book, limits) for rule in RULES)
