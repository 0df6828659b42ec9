"""Circuit breakers: journalled when they turn, and what they ask for once a day."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.trading.make import COSTS, FEED, IBM, NOW, WIDE, core_of, later, quote
from tests.unit.trading.risk.books import after, bought
from tests.unit.trading.shell import Shell

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.money import usd
from qt_trade.trading import commands as c
from qt_trade.trading import events as e
from qt_trade.trading.ledger import fold
from qt_trade.trading.risk.breakers import breakers, emergencies
from qt_trade.trading.risk.case import Standing

FALLEN = e.ValueMarked(
    at=NOW.wall,
    feed_at=FEED - timedelta(days=3),
    value=usd(109_000),
    deposited=usd(100_000),
    day_start=usd(109_000),
)
"""Three days ago the account was worth 109,000: 8.3 % more than it is."""
LIMITS = replace(WIDE, day_loss_soft=0.015, day_loss_hard=0.03, drawdown_max=0.08)


def shell_of(*events, price=100.0, previous_close=None):
    """A core that holds 500 shares of IBM bought at 100 yesterday, of 100,000 USD."""
    yesterday = {"at": NOW.wall, "feed_at": FEED - timedelta(days=3)}
    held = after(bought(IBM, 500, when=yesterday), *events)
    one = replace(quote(price=price), previous_close=previous_close)
    core = core_of(held, one, limits=LIMITS, costs=COSTS)
    return Shell(core, PaperBroker(COSTS, limited_by_size=False), NOW)


def mind(shell, number=0):
    return shell.settle(shell.core.handle(c.MindRisk(command_id=f"m-{number}", by="t"), shell.now))


def move(shell, price, seconds):
    shell.now = later(seconds)
    shell.core.on_quote(quote(price=price, at=shell.now.feed))
    return mind(shell, seconds)


def standing(shell):
    return Standing(shell.core.book(shell.now), LIMITS)


def breaker(shell, name):
    return next(one for one in breakers(standing(shell)) if one.name == name)


def test_the_first_look_of_a_day_marks_what_it_began_with():
    """Holdings at yesterday's close: the gap over night is the day's."""
    shell = shell_of(price=98.0, previous_close=100.0)
    (mark,) = mind(shell).events
    assert isinstance(mark, e.ValueMarked)
    assert (mark.value, mark.day_start) == (usd(99_000), usd(100_000))
    assert mind(shell, 1).events == ()


def test_a_new_peak_is_marked_when_it_is_a_thousandth_higher():
    """So that a rising day does not fill the journal."""
    shell = shell_of()
    mind(shell)
    assert move(shell, 100.19, 1).events == ()
    (mark,) = move(shell, 100.21, 2).events
    assert isinstance(mark, e.ValueMarked)
    assert mark.value == usd("100105")


def test_the_soft_day_loss_opens_a_breaker_and_asks_for_nothing():
    """Its rule refuses the openings; positions stay."""
    shell = shell_of()
    mind(shell)
    (turned,) = move(shell, 97.0, 1).events
    assert isinstance(turned, e.BreakerTurned)
    assert (turned.name, turned.open) == ("day_loss", True)
    assert emergencies(standing(shell)) == ()
    (closed,) = move(shell, 99.9, 2).events
    assert (closed.name, closed.open) == ("day_loss", False)
    move(shell, 97.0, 3)
    assert shell.core.account.risk.breakers["day_loss"].trips == 2


def test_the_hard_day_loss_stops_and_closes_once_a_day():
    """However often it is looked at, and whatever was started anew meanwhile."""
    shell = shell_of()
    mind(shell)
    move(shell, 94.0, 1)
    (close,) = emergencies(standing(shell))
    assert isinstance(close, c.CloseAll)
    assert close.command_id == "breaker-day_loss_hard-2013-10-07"
    assert close.reason == "Day loss, hard: 3% lost, 3% lost opens the breaker"
    shell.ask(close)
    assert emergencies(standing(shell)) == ()
    assert shell.core.halted is not None
    again = Standing(replace(standing(shell).book, account=fold(shell.core.account, ())), LIMITS)
    assert emergencies(again) == ()


def test_a_drawdown_stops_until_a_person_resumes_and_counts_anew():
    """From the peak of an earlier day; positions stay."""
    shell = shell_of(FALLEN)
    turned = [one for one in mind(shell).events if isinstance(one, e.BreakerTurned)]
    assert [one.name for one in turned] == ["drawdown"]
    (stop,) = emergencies(standing(shell))
    assert isinstance(stop, c.StopAll)
    shell.ask(stop)
    shell.ask(c.Resume(command_id="r", by="desk-1", reason="seen"))
    assert breaker(shell, "drawdown").share == pytest.approx(0.0)
    (closed,) = mind(shell, 9).events
    assert (closed.name, closed.open) == ("drawdown", False)


def test_a_deposit_is_no_gain_and_a_withdrawal_no_loss():
    """Both are left out of what the account earned."""
    shell = shell_of()
    mind(shell)
    account = shell.core.account
    less = replace(account, cash=account.cash - usd(20_000), deposited=usd(80_000))
    book = replace(shell.core.book(shell.now), account=less)
    now = Standing(book, LIMITS).worth
    assert now is not None
    assert (now.day_loss, now.drawdown, now.day_change) == (0.0, 0.0, 0)


def test_an_account_without_a_price_trips_nothing_and_warns():
    """Nobody knows what it is worth."""
    shell = shell_of()
    book = replace(shell.core.book(shell.now), quotes={})
    found = {one.name: one for one in breakers(Standing(book, LIMITS))}
    assert found["day_loss"].share is None
    assert found["day_loss"].near
    assert not found["day_loss"].open
    assert found["market_data"].open
    assert mind(shell_of()).events


def test_without_limits_nothing_is_minded():
    """There is nothing to hold the account to."""
    shell = shell_of()
    shell.core.on_limits(None)
    assert mind(shell).events == ()


def test_what_a_person_has_stopped_already_is_not_stopped_again():
    """A second stop would end the first one's count."""
    shell = shell_of(FALLEN)
    mind(shell)
    shell.ask(c.StopAll(command_id="s", by="desk-1", reason="enough"))
    assert emergencies(standing(shell)) == ()
