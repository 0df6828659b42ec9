"""Sizes never exceed what the method says or the cap, whatever price and volatility are."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import BALANCED

from qt_trade.model.money import Usd, usd
from qt_trade.model.presets import PortfolioAims, PositionSizing, StrategySettings
from qt_trade.model.shares import Shares, value_of, whole
from qt_trade.trading.sizing import CALM_DAY, POSITIONS, Basis, size_opening, target_weight

prices = st.integers(min_value=10_000, max_value=2_000_000_000).map(Usd)
capitals = st.integers(min_value=0, max_value=10**13).map(Usd)
volatilities = st.floats(min_value=0.0001, max_value=0.5)
aims = st.builds(
    PortfolioAims,
    positions=st.none() | st.integers(min_value=0, max_value=60),
    weight_max=st.none() | st.floats(min_value=0, max_value=1),
)
settings = st.builds(
    lambda method, aims, scale, notional, cap, fractional: replace(
        BALANCED,
        sizing=method,
        aims=aims,
        sizing_scale=scale,
        order_notional=notional,
        order_shares_max=cap,
        fractional=fractional,
    ),
    st.sampled_from(PositionSizing),
    aims,
    st.sampled_from([0.5, 0.75, 1.0, 1.25, 1.5]),
    st.integers(min_value=0, max_value=10**12).map(Usd),
    st.integers(min_value=1, max_value=5_000),
    st.booleans(),
)


def most(chosen: StrategySettings, basis: Basis) -> Decimal:
    """Return what the method allows, in micro-dollars, reckoned anew."""
    scale = Decimal(str(chosen.sizing_scale))
    if chosen.sizing is PositionSizing.FIXED:
        return scale * chosen.order_notional
    positions = POSITIONS if chosen.aims.positions is None else chosen.aims.positions
    assert basis.capital is not None
    equal = scale * basis.capital / positions if positions else Decimal(0)
    if chosen.aims.weight_max is not None:
        equal = min(equal, Decimal(chosen.aims.weight_max) * basis.capital)
    return equal


@given(settings, prices, capitals, volatilities)
def test_a_size_is_never_above_its_notional_its_cap_or_the_equal_weight(
    chosen, price, capital, volatility
):
    """For every method; a micro-dollar of rounding apart."""
    basis = Basis(capital, volatility)
    size = size_opening(price, chosen, basis)
    assert 0 <= size.shares <= chosen.order_shares_max
    assert value_of(price, size.shares) <= most(chosen, basis) * (1 + Decimal("1e-9")) + 1
    assert chosen.fractional or whole(size.shares)
    assert size == size_opening(price, chosen, basis)


@given(settings, prices, prices, capitals, volatilities)
def test_a_dearer_share_is_never_bought_in_a_larger_number(chosen, one, other, capital, volatility):
    """Monotone in the price."""
    cheap, dear = sorted((one, other))
    basis = Basis(capital, volatility)
    assert size_opening(dear, chosen, basis).shares <= size_opening(cheap, chosen, basis).shares


@given(settings, prices, capitals, volatilities, volatilities)
def test_a_wilder_share_is_never_bought_in_a_larger_number(chosen, price, capital, one, other):
    """Monotone in the volatility; only VOLATILITY_BASED looks at it."""
    calm, wild = sorted((one, other))
    sizes = [size_opening(price, chosen, Basis(capital, v)).shares for v in (wild, calm)]
    assert sizes[0] <= sizes[1]
    if chosen.sizing is not PositionSizing.VOLATILITY_BASED:
        assert sizes[0] == sizes[1]


@given(settings, prices, capitals, capitals, volatilities)
def test_more_capital_never_means_a_smaller_size(chosen, price, one, other, volatility):
    """Monotone in the capital."""
    less, more = sorted((one, other))
    sizes = [size_opening(price, chosen, Basis(c, volatility)).shares for c in (less, more)]
    assert sizes[0] <= sizes[1]


@given(settings, prices, capitals, volatilities)
def test_parts_of_a_share_spend_at_least_what_whole_ones_do(chosen, price, capital, volatility):
    """And less than one share more."""
    basis = Basis(capital, volatility)
    in_parts = size_opening(price, replace(chosen, fractional=True), basis).shares
    in_whole = size_opening(price, replace(chosen, fractional=False), basis).shares
    assert in_whole <= in_parts < in_whole + 1


@pytest.mark.parametrize(
    ("method", "scale", "shares", "words"),
    [
        (PositionSizing.FIXED, 1.0, "50", "50 shares at 100.00 for order size 5,000.00"),
        (PositionSizing.FIXED, 0.5, "25", "25 shares at 100.00 for order size 2,500.00"),
        (PositionSizing.PERCENTAGE, 1.0, "125", "125 shares at 100.00 for 12.50% of 100,000.00"),
        (PositionSizing.PERCENTAGE, 1.5, "187", "187 shares at 100.00 for 18.75% of 100,000.00"),
        (
            PositionSizing.VOLATILITY_BASED,
            1.0,
            "62",
            "62 shares at 100.00 for 6.25% of 100,000.00, moving 2.00% a day",
        ),
    ],
)
def test_each_method_says_how_its_size_came_about(method, scale, shares, words):
    """Eight positions are wanted; the stock moves twice as much as a calm one."""
    chosen = replace(BALANCED, sizing=method, sizing_scale=scale, aims=PortfolioAims(positions=8))
    size = size_opening(usd(100), chosen, Basis(usd(100_000), 2 * CALM_DAY))
    assert (size.shares, size.words) == (Shares(shares), words)


@pytest.mark.parametrize(
    ("method", "basis", "words"),
    [
        (PositionSizing.PERCENTAGE, Basis(None, 0.01), "a holding has no price"),
        (PositionSizing.VOLATILITY_BASED, Basis(usd(1_000), None), "the volatility is not known"),
        (PositionSizing.FIXED, Basis(None, None), "price above the order size"),
    ],
)
def test_what_cannot_be_reckoned_is_no_size_with_a_reason(method, basis, words):
    """Nothing is guessed in place of what is missing."""
    size = size_opening(usd(6_000), replace(BALANCED, sizing=method), basis)
    assert size.shares == 0
    assert words in size.words


def test_parts_of_a_share_are_bought_where_they_are_allowed():
    """Rounded down to the millionth; whole ones where the exits are to be held at the broker."""
    chosen = replace(BALANCED, fractional=True)
    basis = Basis(None, None)
    assert size_opening(usd(3_000), chosen, basis).shares == Shares("1.666666")
    held = replace(chosen, exits_at_broker=True)
    assert size_opening(usd(3_000), held, basis).shares == 1


def test_the_largest_weight_cuts_every_weight():
    """A calm stock has the equal weight, and no more than the cap."""
    chosen = replace(
        BALANCED, sizing=PositionSizing.VOLATILITY_BASED, aims=PortfolioAims(4, weight_max=0.1)
    )
    assert target_weight(chosen, Basis(usd(1), CALM_DAY / 2)) == 0.1
    assert target_weight(chosen, Basis(usd(1), 0.05)) == pytest.approx(0.05)
