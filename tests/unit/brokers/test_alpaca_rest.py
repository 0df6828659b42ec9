"""Alpaca's allowance, its addresses, and shares that are never told twice."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import order

from qt_trade.brokers.alpaca.known import Executed, Known
from qt_trade.brokers.alpaca.rest import MINUTE_S, Budget
from qt_trade.model.alpaca_access import (
    Keys,
    LiveAccess,
    Loopback,
    NotLoopbackError,
    PaperAccess,
    base_url,
    stream_url,
)
from qt_trade.model.shares import shares

KEYS = Keys("PK1", "a-secret")
AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


class Time:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.s = 1_000.0

    def __call__(self) -> float:
        return self.s


def test_the_allowance_is_that_of_any_minute():
    """Three leave, and the fourth waits until the first is a minute old."""
    time = Time()
    budget = Budget(time, limit=3)
    for _ in range(3):
        assert budget.wait_s() == 0
        budget.count()
        time.s += 10
    assert budget.wait_s() == MINUTE_S - 30
    time.s += MINUTE_S - 30
    assert budget.wait_s() == 0


def test_what_is_kept_for_others_waits_earlier():
    time = Time()
    budget = Budget(time, limit=3)
    budget.count()
    assert budget.wait_s(keep=1) == 0
    budget.count()
    assert budget.wait_s(keep=1) == MINUTE_S
    assert budget.wait_s() == 0


def test_a_pause_holds_everything_and_is_never_shortened():
    time = Time()
    budget = Budget(time)
    budget.pause(5)
    budget.pause(1)
    assert budget.wait_s() == 5


def test_the_host_follows_from_the_type_and_the_secret_is_never_shown():
    paper, live = PaperAccess(KEYS), LiveAccess(KEYS, None, "123")
    assert base_url(paper) == "https://paper-api.alpaca.markets"
    assert stream_url(paper) == "wss://paper-api.alpaca.markets/stream"
    assert base_url(live) == "https://api.alpaca.markets"
    assert "a-secret" not in repr(paper) + repr(live)


@pytest.mark.parametrize(
    ("base", "stream"),
    [
        ("https://api.alpaca.markets", "wss://api.alpaca.markets/stream"),
        ("http://api.alpaca.markets", "ws://api.alpaca.markets/stream"),
        ("http://127.0.0.1.example.com:80", "ws://127.0.0.1:80/stream"),
        ("http://127.0.0.1:80", "ws://10.0.0.1:80/stream"),
        ("http://localhost@api.alpaca.markets", "ws://127.0.0.1/stream"),
    ],
)
def test_only_this_machine_can_stand_in_for_alpaca(base, stream):
    with pytest.raises(NotLoopbackError, match="no address of this machine"):
        Loopback(base, stream)


def test_an_emulator_on_this_machine_can():
    here = Loopback("http://127.0.0.1:8101", "ws://[::1]:8101/stream")
    assert base_url(PaperAccess(KEYS, here)) == "http://127.0.0.1:8101"


def test_real_money_needs_a_number():
    with pytest.raises(ValueError, match="was typed"):
        LiveAccess(KEYS, None, " ")


@given(
    parts=st.lists(st.integers(1, 50), min_size=1, max_size=8),
    order_of=st.randoms(use_true_random=False),
    repeats=st.integers(1, 3),
    average=st.booleans(),
)
def test_however_executions_arrive_each_share_is_told_once(parts, order_of, repeats, average):
    """Repeated, in any order, and with a remainder at the average price somewhere in between."""
    total = sum(parts)
    told = [
        Executed(shares(end), shares(size), Decimal(100), AT)
        for size, end in zip(parts, accumulate(parts), strict=True)
    ] * repeats
    if average:
        told.append(Executed(shares(total), shares(total), Decimal(100), AT))
    order_of.shuffle(told)
    known = Known(order(quantity=total), None)
    fills = [fill for done in told for fill in known.execute(done)]
    assert sum(fill.quantity for fill in fills) == total
    assert len({fill.fill_id for fill in fills}) == len(fills)
    again = Known(order(quantity=total), None, fills=fills)
    assert [fill for done in told for fill in again.execute(done)] == [], "also after a restart"
