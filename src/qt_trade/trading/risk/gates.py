"""Rules that close everything: a stop, the broker's restrictions, doubt, losses, failures."""

from qt_trade.model.orders import OrderStatus
from qt_trade.trading.risk.case import Case, Standing
from qt_trade.trading.risk.figures import percent
from qt_trade.trading.risk.rule import REDUCES, Finding, passed, refused, rule, within
from qt_trade.trading.risk_memory import MINUTE


@rule("Stop", at_limit="refuses every opening")
def stopped(case: Case) -> Finding:
    """After STOP ALL nothing opens until a person resumes; positions may be closed."""
    words = case.book.stopped
    if words is None:
        return passed("trading is not stopped")
    if case.reduces:
        return passed("nothing may open, but the order only shrinks the position")
    return refused(words)


@rule("Broker's restrictions", at_limit="refuses what the broker forbids")
def restricted(case: Case) -> Finding:
    """What the broker says it forbids this account is not even sent."""
    restrictions = case.book.restrictions
    words = "; ".join(restrictions.words)
    if restrictions.trading_blocked:
        return refused(f"the broker has blocked trading: {words or 'it gives no reason'}")
    if restrictions.closing_only and not case.reduces:
        return refused(f"the broker lets positions be closed alone: {words or 'no reason given'}")
    return passed(words or "the broker forbids nothing")


@rule("Books", at_limit="refuses every opening")
def reconciled(case: Case) -> Finding:
    """While our books differ from the broker's and nobody knows why, nothing opens."""
    found = case.book.account.unexplained
    if not found:
        return passed("the books agree with the broker's, or it is known why not")
    words = "; ".join(one.words for one in found.values())
    if case.reduces:
        return passed(f"{words}, but the order only shrinks the position")
    return refused(f"{words}: explain it, or accept the broker's figure")


@rule("Orders in doubt", "unknown_orders_max", at_limit="refuses every opening")
def order_state(case: Case) -> Finding:
    """While too many orders have an unknown fate, nothing opens."""
    if case.reduces:
        return REDUCES
    unknown, most = unknown_orders(case), case.limits.unknown_orders_max
    words = f"{unknown} orders whose fate is not known, {most} close the way"
    return within(unknown < most, words, "wait until the broker was asked", f"{unknown}", f"{most}")


def unknown_orders(standing: Standing) -> int:
    """Return how many orders were sent and nobody knows what became of them."""
    return sum(state.status is OrderStatus.UNKNOWN for state in standing.open_orders)


@rule("Broker's failures", "broker_failures_max", at_limit="refuses every opening for a minute")
def broker_failures(case: Case) -> Finding:
    """When the broker rejected or did not answer several orders within a minute, nothing opens."""
    if case.reduces:
        return REDUCES
    failures, most = failures_of_minute(case), case.limits.broker_failures_max
    words = f"{failures} orders rejected or unanswered within a minute, {most} close the way"
    return within(failures < most, words, "look at the broker", f"{failures}", f"{most}")


def failures_of_minute(standing: Standing) -> int:
    """Return how often the broker failed within the last minute."""
    return standing.book.account.risk.failed_since(standing.book.feed_now - MINUTE)


@rule("Day loss", "day_loss_soft", at_limit="stops new buys")
def day_loss(case: Case) -> Finding:
    """Once the day's loss reaches the limit, only orders that shrink a position pass."""
    if case.reduces:
        return REDUCES
    now, most = case.worth, case.limits.day_loss_soft
    if now is None:
        return refused(f"{_unpriced(case)}: nobody knows what the day has brought")
    words = f"{percent(now.day_loss)} lost today, {percent(most)} end the day's openings"
    return within(
        now.day_loss < most, words, "tomorrow is another day", percent(now.day_loss), percent(most)
    )


@rule("Drawdown from peak", "drawdown_max", at_limit="stops all trading")
def drawdown(case: Case) -> Finding:
    """Once the account has fallen so far from its peak, nothing opens until a person resumes."""
    if case.reduces:
        return REDUCES
    now, most = case.worth, case.limits.drawdown_max
    if now is None:
        return refused(f"{_unpriced(case)}: nobody knows how far the account has fallen")
    words = f"{percent(now.drawdown)} below the account's peak, {percent(most)} stop trading"
    return within(
        now.drawdown < most, words, "RESUME counts anew", percent(now.drawdown), percent(most)
    )


def _unpriced(case: Case) -> str:
    return f"no price of {', '.join(case.book.unpriced())}"
