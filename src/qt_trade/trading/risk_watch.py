"""Marks what the account is worth, and notes when a circuit breaker turns."""

from qt_trade.model.money import Usd
from qt_trade.model.shares import value_of
from qt_trade.trading.book import RiskBook
from qt_trade.trading.risk.breakers import breakers
from qt_trade.trading.risk.case import Standing
from qt_trade.trading.risk_events import BreakerTurned, ValueMarked
from qt_trade.trading.risk_memory import exchange_date
from qt_trade.trading.steps import Draft

PEAK_STEP = 1_000
"""A new peak is journalled when it is a thousandth above the last: so close the drawdown is
known, and a rising day does not fill the journal."""


def mind_risk(draft: Draft) -> None:
    """Journal what has to be remembered of this moment, which is mostly nothing."""
    limits = draft.view.limits
    if limits is None:
        return
    mark_value(draft)
    standing = Standing(draft.view.book(draft.account), limits)
    for one in breakers(standing):
        known = standing.book.account.risk.breakers.get(one.name)
        if one.open == (known is not None and known.open):
            continue
        turned = BreakerTurned(
            at=draft.now.wall,
            feed_at=draft.now.feed,
            name=one.name,
            open=one.open,
            words=f"{one.now}; opens at {one.opens_at}",
        )
        draft.add(turned)


def mark_value(draft: Draft, *, rebased: bool = False) -> None:
    """Mark the account's value where a day began or a peak was reached, while the market is open.

    ``rebased``: in any case, and the peak is counted from here.
    """
    book = draft.view.book(draft.account)
    value, marks = book.value(), book.account.risk.marks
    if value is None:
        return
    earned = value - book.account.deposited
    new_day = marks is None or marks.day != exchange_date(book.feed_now)
    peak = marks is not None and (earned - marks.peak) * PEAK_STEP > value
    if rebased or (book.market.open and (new_day or peak)):
        draft.add(
            ValueMarked(
                at=draft.now.wall,
                feed_at=draft.now.feed,
                value=value,
                deposited=book.account.deposited,
                day_start=_day_start(book, value),
                rebased=rebased,
            )
        )


def _day_start(book: RiskBook, value: Usd) -> Usd:
    """Return what the account was worth when the day began: holdings at yesterday's close.

    A holding whose quote is of another day, or names no previous close, counts at its last price.
    """
    start, today = int(value), exchange_date(book.feed_now)
    for symbol, position in book.account.held.items():
        mark, close, opened = book.mark(symbol), book.close(symbol), position.opened_at
        overnight = opened is not None and exchange_date(opened) < today
        fresh = exchange_date(book.quotes[symbol].at) == today
        if mark is not None and close is not None and overnight and fresh:
            start += value_of(Usd(close - mark), position.quantity)
    return Usd(start)
