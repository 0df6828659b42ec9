"""Money: exact where it is counted, rounded half to even where it is shown."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.model.money import (
    MICRO,
    USD_MAX,
    Usd,
    format_usd,
    to_cent,
    to_decimal,
    to_float,
    usd,
    usd_rounded,
)

amounts = st.integers(-USD_MAX, USD_MAX).map(Usd)


@given(amount=amounts)
def test_dollars_and_back_is_the_same_amount(amount: Usd) -> None:
    """No amount loses a micro-dollar on the way through a Decimal or its text."""
    assert usd(to_decimal(amount)) == amount
    assert usd(str(to_decimal(amount))) == amount


@given(amount=amounts)
def test_a_cent_is_the_nearest_and_ties_go_to_the_even(amount: Usd) -> None:
    """Below and above zero alike; Python's own rounding of fractions is the judge."""
    assert to_cent(amount) == round(Fraction(amount, 10_000)) * 10_000


@given(amount=amounts)
def test_people_read_at_least_two_places(amount: Usd) -> None:
    """And as many as there are, with thousands apart."""
    text = format_usd(amount)
    whole, _, places = text.partition(".")
    assert 2 <= len(places) <= 6
    assert Decimal(text.replace(",", "")) * MICRO == amount
    assert all(len(group) == 3 for group in whole.split(",")[1:])


@pytest.mark.parametrize(
    ("amount", "micro"),
    [("1.5", 1_500_000), (7, 7_000_000), (Decimal("-0.000001"), -1), ("1E+3", 1_000_000_000)],
)
def test_exact_amounts(amount: Decimal | int | str, micro: int) -> None:
    """As people and machines write them."""
    assert usd(amount) == micro


@pytest.mark.parametrize(
    "amount",
    ["0.0000001", "NaN", "Infinity", "abc", "", "1E+999999", "1000000000000.000001", "1" * 40],
)
def test_what_is_no_exact_amount_is_refused(amount: str) -> None:
    """Always with a ValueError, nothing else."""
    with pytest.raises(ValueError, match=r".+"):
        usd(amount)


@pytest.mark.parametrize(
    ("amount", "micro"),
    [(0.1, 100_000), (Decimal("0.0000005"), 0), (Decimal("0.0000015"), 2), (-2.5, -2_500_000)],
)
def test_marks_are_rounded_half_to_even(amount: Decimal | float, micro: int) -> None:
    """A float counts as the decimal people see."""
    assert usd_rounded(amount) == micro


@pytest.mark.parametrize(
    "amount", [math.nan, math.inf, -math.inf, 1e300, 1e13, Decimal("NaN"), Decimal("1E+999")]
)
def test_a_mark_is_finite_and_bounded(amount: Decimal | float) -> None:
    """No price of a real share comes near."""
    with pytest.raises(ValueError, match=r".+"):
        usd_rounded(amount)


def test_charts_get_floats() -> None:
    """And only they."""
    assert to_float(Usd(1_250_000)) == 1.25
