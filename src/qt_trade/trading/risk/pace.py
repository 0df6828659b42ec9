"""Rules of pace: how many orders, how often, how soon again."""

from datetime import timedelta

from qt_trade.model.orders import Side
from qt_trade.trading.risk.case import Case, Standing
from qt_trade.trading.risk.rule import REDUCES, Finding, passed, rule, within
from qt_trade.trading.risk_memory import MINUTE

WASH_SALE = timedelta(days=30)
"""26 U.S.C. § 1091: a loss does not count when the same is bought within 30 days of the sale."""


@rule("Open orders", "open_orders_max")
def open_orders(case: Case) -> Finding:
    """No more orders are open at the same time than allowed.

    Exits that wait beside their entry are not counted, and always find room.
    """
    if case.reduces:
        return REDUCES
    there, most = case.orders_there, case.limits.open_orders_max
    words = f"{there} orders are open, {most} are allowed"
    return within(there < most, words, "wait for one to end", f"{there}", f"{most}")


@rule("Orders per cycle", "trades_per_cycle_max", at_limit="leaves it to the next cycle")
def trades_per_cycle(case: Case) -> Finding:
    """One cycle sends no more orders than allowed; exits count, but are never held back."""
    used, most = case.book.cycle_orders, case.limits.trades_per_cycle_max
    if used is None:
        return passed("not part of a cycle")
    if case.reduces:
        return REDUCES
    words = f"{used} of {most} orders of this cycle are used"
    return within(used < most, words, "the next cycle may", f"{used}", f"{most}")


@rule("Orders today", "trades_per_day_max")
def trades_per_day(case: Case) -> Finding:
    """One exchange day sees no more orders than allowed; exits count, but are never held back."""
    if case.reduces:
        return REDUCES
    used, most = case.book.account.today.orders, case.limits.trades_per_day_max
    words = f"{used} of {most} orders of the day are used"
    return within(used < most, words, "tomorrow again", f"{used}", f"{most}")


@rule("Trades per symbol", "symbol_trades_per_day_max")
def trades_per_symbol(case: Case) -> Finding:
    """One symbol sees no more orders a day than allowed; exits count, but are never held back."""
    if case.reduces:
        return REDUCES
    symbol, most = case.order.symbol, case.limits.symbol_trades_per_day_max
    used = case.book.account.risk.orders_of(symbol, case.today)
    words = f"{used} of {most} orders in {symbol} are used today"
    return within(used < most, words, "tomorrow again", f"{used}", f"{most}")


@rule("Order rate, per min", "orders_per_min_max")
def order_rate(case: Case) -> Finding:
    """Within a minute of the feed's time no more orders are approved than allowed."""
    if case.reduces:
        return REDUCES
    used, most = orders_of_minute(case), case.limits.orders_per_min_max
    words = f"{used} of {most} orders of the last minute are used"
    return within(used < most, words, "wait a minute", f"{used}", f"{most}")


def orders_of_minute(standing: Standing) -> int:
    """Return how many orders were approved within the last minute."""
    return standing.book.account.risk.approved_since(standing.book.feed_now - MINUTE)


@rule("Cooldown", "cooldown_min", at_limit="refuses the opening")
def cooldown(case: Case) -> Finding:
    """Between two opening orders in a symbol some minutes pass; a changed order is the same one."""
    if case.reduces:
        return REDUCES
    last = case.book.account.last_opening.get(case.order.symbol)
    if last is None or last.order_id in {case.order.order_id, case.order.replaces}:
        return passed(f"no earlier opening in {case.order.symbol}")
    pause, now = case.limits.cooldown_min, case.book.feed_now
    until = last.feed_at + timedelta(minutes=pause)
    minutes = (now - last.feed_at).total_seconds() / 60
    words = f"last opening {minutes:.1f} min ago, {pause} min must pass"
    trouble = f"possible from {until:%H:%M:%S} UTC"
    return within(now >= until, words, trouble, f"{minutes:.1f} min", f"{pause} min")


@rule("Wash sale", at_limit="warns")
def wash_sale(case: Case) -> Finding:
    """A loss within 30 days of a purchase of the same may not count for taxes: worth a word.

    Bought after a sale at a loss, or sold at a loss after a purchase; wherever else the same was
    traded, nobody knows here.
    """
    memory, symbol, now = case.book.account.risk, case.order.symbol, case.book.feed_now
    if case.order.side is Side.BUY:
        lost = memory.lost.get(symbol)
        if lost is None or now - lost > WASH_SALE:
            return passed(f"no loss in {symbol} within 30 days")
        return passed(
            f"{symbol} was sold at a loss on {lost:%Y-%m-%d}: bought within 30 days that loss may "
            "not count for taxes",
            warns=True,
        )
    opened, position = memory.opened.get(symbol), case.book.account.positions.get(symbol)
    if opened is None or position is None or now - opened > WASH_SALE or not _loses(case):
        return passed(f"no loss in {symbol} that a purchase of the last 30 days would touch")
    return passed(
        f"{symbol} was bought on {opened:%Y-%m-%d} and would be sold at a loss: if more of it was "
        "bought within 30 days than is sold, that loss may not count for taxes",
        warns=True,
    )


def _loses(case: Case) -> bool:
    position, mark = case.book.account.positions[case.order.symbol], case.mark
    return mark is not None and mark * position.quantity < position.cost
