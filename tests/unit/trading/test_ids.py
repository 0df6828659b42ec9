"""Ids follow from their cause, differ between causes and fit every broker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import BAC, FEED, IBM

from qt_trade.model.symbols import symbol
from qt_trade.trading.ids import ORDER_ID_LENGTH_MAX, cycle_command_id, order_id_for


@given(command_id=st.text(max_size=80), n=st.integers(0, 9_999))
def test_an_order_id_is_the_same_every_time_and_short_enough(command_id, n):
    longest = symbol("ABCDEFGHIJ.ABC")
    first = order_id_for(command_id, longest, n)
    assert first == order_id_for(command_id, longest, n)
    assert len(first) <= ORDER_ID_LENGTH_MAX


def test_different_causes_have_different_ids():
    ids = {order_id_for(c, s, n) for c in ("a", "b") for s in (IBM, BAC) for n in (0, 1)}
    assert len(ids) == 8


def test_an_impossible_number_is_refused():
    with pytest.raises(ValueError, match="no order id"):
        order_id_for("c", IBM, -1)
    with pytest.raises(ValueError, match="no order id"):
        order_id_for("c", symbol("ABCDEFGHIJ.ABC"), 10**12)


def test_a_cycle_has_one_id_per_account_and_slot():
    name = cycle_command_id("paper:replay:x:1", FEED)
    assert name.startswith("cycle-20131007T140000Z-")
    assert name == cycle_command_id("paper:replay:x:1", FEED)
    assert name != cycle_command_id("paper:replay:x:2", FEED)
