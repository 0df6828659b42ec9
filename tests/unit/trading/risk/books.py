"""Accounts as the tests of the rules need them: what is held, what waits, what was lost."""

from dataclasses import replace
from datetime import timedelta

from tests.unit.trading.make import FEED, IBM, WALL, account, fill, order

from qt_trade.model.money import Usd, usd
from qt_trade.model.orders import Side
from qt_trade.model.shares import value_of
from qt_trade.trading import events as e
from qt_trade.trading.ledger import fold

WHEN = {"at": WALL, "feed_at": FEED}


def at(minutes: float):
    """Return feed time so many minutes before now."""
    moment = FEED - timedelta(minutes=minutes)
    return {"at": WALL, "feed_at": moment}


def approved(one, *, price: Usd = usd(100), when=WHEN):  # noqa: B008  # an int
    reserved = value_of(one.limit_price or price, one.quantity)
    return e.OrderApproved(
        **when,
        order=one,
        command_id="c",
        reserved=reserved if one.side is Side.BUY else usd(0),
        worst_price=None,
        opens=one.side is Side.BUY,
        cycle=None,
    )


def filled(one, *, price: str = "100", when=WHEN, realized: Usd | None = None):
    done = fill(one.side, int(one.quantity), price, symbol=one.symbol, order_id=one.order_id)
    done = replace(done, at=when["feed_at"])
    return e.OrderFilled(**when, fill=done, realized=realized)


def bought(symbol=IBM, quantity=10, *, name="have", price="100", when=WHEN):
    """Return the events of a purchase that is filled."""
    one = order(quantity=quantity, symbol=symbol, order_id=name)
    return approved(one, price=usd(price), when=when), filled(one, price=price, when=when)


def waiting(symbol=IBM, quantity=10, *, name="wait", side=Side.BUY, when=WHEN):
    """Return the event of an open order at 100."""
    one = order(side, quantity, symbol=symbol, order_id=name, limit=usd(100))
    return (approved(one, when=when),)


def marked(value: int, *, start: int = 100_000, deposited: int = 100_000, rebased: bool = False):
    """Return the mark of an account's value."""
    return (
        e.ValueMarked(
            **WHEN,
            value=usd(value),
            deposited=usd(deposited),
            day_start=usd(start),
            rebased=rebased,
        ),
    )


def after(*events, cash: int = 100_000):
    """Return the account after events, each one or a tuple of them."""
    flat = [one for event in events for one in (event if isinstance(event, tuple) else (event,))]
    return fold(account(cash), flat)
