"""Which document's limit counts, and how long a looser one waits."""

from dataclasses import fields, replace
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import BAC, IBM, WALL, WIDE

from qt_trade.model.limits import RiskLimits, Setting
from qt_trade.model.money import usd
from qt_trade.trading.risk.effective import NamedLimit, effective_limits, stricter
from qt_trade.trading.risk.loosening import WAIT, InForce, advance

CONFIG = Setting("frontend:trading_config", "max_position_size")
SECOND = timedelta(seconds=1)


def named(name, value, setting=CONFIG):
    return NamedLimit(name, value, setting)


def test_the_strictest_document_counts_and_is_named():
    """A tighter limit of another document takes over, a looser one does not."""
    own = replace(WIDE, position_shares_max=100)
    tight = effective_limits(own, [named("position_shares_max", 40)])
    assert (tight.position_shares_max, tight.setting("position_shares_max")) == (40, CONFIG)
    loose = effective_limits(own, [named("position_shares_max", 400)])
    assert loose.position_shares_max == 100
    assert loose.setting("position_shares_max").key == "risk_settings"


def test_of_three_reserves_the_largest_is_kept():
    """What is kept back is strict when it is much, not when it is little."""
    own = replace(WIDE, cash_reserve=usd(10))
    found = effective_limits(
        own, [named("cash_reserve", usd(30)), named("cash_reserve", usd(20), Setting("x", "y"))]
    )
    assert (found.cash_reserve, found.setting("cash_reserve")) == (usd(30), CONFIG)


def test_a_capital_nobody_named_in_risk_settings_counts_where_it_is_named():
    """None there is no limit at all."""
    found = effective_limits(WIDE, [named("trading_capital", usd(5))])
    assert found.trading_capital == usd(5)
    assert effective_limits(WIDE, []).trading_capital is None


def test_excluded_symbols_add_up():
    """Whoever excludes one, it is excluded."""
    found = effective_limits(
        WIDE, [named("excluded", frozenset({IBM})), named("excluded", frozenset({BAC}))]
    )
    assert found.excluded == {IBM, BAC}


@given(first=st.integers(0, 500), second=st.integers(0, 500), third=st.integers(0, 500))
def test_the_order_of_the_documents_does_not_matter(first, second, third):
    """And nothing is ever looser than any of them."""
    own = replace(WIDE, positions_max=first)
    one, other = named("positions_max", second), named("positions_max", third)
    found = effective_limits(own, [one, other])
    assert found.positions_max == effective_limits(own, [other, one]).positions_max
    assert found.positions_max == min(first, second, third)


def test_no_limit_is_looser_and_stricter_than_another():
    """For every field there is one direction."""
    for field in fields(RiskLimits):
        value = getattr(WIDE, field.name)
        assert not stricter(field.name, value, value)


def test_a_tighter_limit_is_in_force_at_once():
    """Nobody has to wait to be careful."""
    tight = replace(WIDE, open_orders_max=1)
    found = advance(InForce(WIDE, WIDE), tight, WALL)
    assert found.limits.open_orders_max == 1
    assert found.next_due is None


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("position_weight_max", 0.1, 0.2),
        ("cash_reserve", usd(100), usd(50)),
        ("cooldown_min", 30, 5),
        ("shorting", False, True),
        ("trading_capital", usd(100), None),
        ("excluded", frozenset({IBM, BAC}), frozenset({BAC})),
    ],
)
def test_a_looser_limit_waits_a_minute(name, before, after):
    """Not in force a moment before, in force exactly then."""
    old, new = replace(WIDE, **{name: before}), replace(WIDE, **{name: after})
    asked = advance(InForce(old, old), new, WALL)
    assert getattr(asked.limits, name) == before
    assert asked.next_due == asked.due(name) == WALL + WAIT
    early = advance(asked, new, WALL + WAIT - SECOND)
    assert getattr(early.limits, name) == before
    due = advance(early, new, WALL + WAIT)
    assert getattr(due.limits, name) == after
    assert due.waiting == {}


def test_to_write_the_old_value_takes_a_looser_limit_back():
    """And to write it again begins the wait anew."""
    old, new = replace(WIDE, positions_max=5), replace(WIDE, positions_max=9)
    asked = advance(InForce(old, old), new, WALL)
    back = advance(asked, old, WALL + 30 * SECOND)
    assert back.waiting == {}
    again = advance(back, new, WALL + 40 * SECOND)
    assert again.next_due == WALL + 40 * SECOND + WAIT


def test_a_still_looser_limit_waits_from_when_it_was_written():
    """Else a harmless wish would open the door for a wild one."""
    old = replace(WIDE, positions_max=5)
    asked = advance(InForce(old, old), replace(WIDE, positions_max=6), WALL)
    wilder = advance(asked, replace(WIDE, positions_max=90), WALL + 50 * SECOND)
    assert wilder.next_due == WALL + 50 * SECOND + WAIT
    milder = advance(wilder, replace(WIDE, positions_max=7), WALL + 60 * SECOND)
    assert milder.next_due == WALL + 50 * SECOND + WAIT


def test_the_first_limits_of_all_are_in_force_at_once():
    """There is nothing that they could be looser than."""
    assert advance(None, WIDE, WALL).limits == WIDE


def test_a_limit_that_waits_is_named_with_the_document_that_still_counts():
    """What is shown as in force is what is in force."""
    old = effective_limits(WIDE, [named("position_shares_max", 40)])
    asked = advance(InForce(old, old), WIDE, WALL)
    assert asked.limits.setting("position_shares_max") == CONFIG
    later = advance(asked, WIDE, WALL + WAIT)
    assert later.limits.setting("position_shares_max").key == "risk_settings"


def test_what_is_in_force_can_be_kept_and_read_again():
    """So that a restart does not cut a wait short."""
    old = replace(WIDE, positions_max=5, excluded=frozenset({IBM}))
    asked = advance(InForce(old, old), replace(WIDE, positions_max=9), WALL)
    assert msgspec.json.decode(msgspec.json.encode(asked), type=InForce) == asked
