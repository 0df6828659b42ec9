"""One claim held against one price."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.intelligence.scoring.outcomes import naive_up, outcome
from qt_trade.model.claims import Claim
from qt_trade.model.symbols import symbol

CLAIM = Claim(
    model_id="m",
    symbol=symbol("AAPL"),
    at=datetime(2013, 10, 4, 14, 0, tzinfo=UTC),
    horizon_min=15,
    base_price=100.0,
    prob_up=0.6,
    expected_return=0.001,
    low=99.0,
    high=101.0,
    quantiles=((0.1, 99.0), (0.9, 101.0)),
)

_PROBABILITIES = st.floats(0.0, 1.0)
_PRICES = st.floats(50.0, 200.0)


def test_a_claim_that_came_true() -> None:
    """Every figure of it, worked out by hand."""
    came = outcome(CLAIM, 100.5, naive_up=0.0, cost_bp=1.5)
    assert came.realised == pytest.approx(0.005)
    assert (came.hit, came.naive_hit, came.covered) == (1.0, 0.0, True)
    assert came.brier == pytest.approx(0.16)
    # 1.5 above the low quantile at level 0.1, 0.5 below the high one at 0.9: 0.15 and 0.05.
    assert came.pinball_bp == pytest.approx(10.0)
    assert came.edge_bp == pytest.approx(50.0 - 3.0)


def test_a_claim_that_did_not_come_true() -> None:
    """A fall outside the band costs the fall and both sides of the trade."""
    came = outcome(CLAIM, 98.0, naive_up=0.5, cost_bp=1.5)
    assert (came.hit, came.naive_hit, came.covered) == (0.0, 0.5, False)
    assert came.brier == pytest.approx(0.36)
    assert came.pinball_bp == pytest.approx((0.9 * 1.0 + 0.1 * 3.0) / 2 * 100)
    assert came.edge_bp == pytest.approx(-203.0)


def test_a_price_that_did_not_move_says_nothing_of_a_direction() -> None:
    """It counts for the band and the quantiles alone, and for what acting cost."""
    came = outcome(CLAIM, 100.0, naive_up=1.0, cost_bp=1.5)
    assert (came.hit, came.naive_hit, came.brier) == (None, None, None)
    assert came.covered
    assert came.edge_bp == pytest.approx(-3.0)


@pytest.mark.parametrize(
    ("change", "acted"),
    [
        ({"expected_return": 0.0003}, False),
        ({"expected_return": 0.00031}, True),
        ({"expected_return": -0.001}, False),
        ({"expected_return": None}, True),
        ({"expected_return": None, "prob_up": 0.5}, False),
        ({"prob_up": 0.4, "expected_return": -0.001}, True),
    ],
)
def test_who_would_act_on_a_claim(change: dict[str, float | None], *, acted: bool) -> None:
    """Only one whose own expectation pays for both sides, or who names no return."""
    made = replace(CLAIM, **change)  # type: ignore[arg-type]
    assert (outcome(made, 100.5, naive_up=0.5, cost_bp=1.5).edge_bp is not None) == acted


def test_what_a_claim_does_not_say_is_not_scored() -> None:
    """No band, no coverage; no quantiles, no pinball loss."""
    made = replace(CLAIM, low=None, high=None, quantiles=())
    came = outcome(made, 100.5, naive_up=0.5, cost_bp=1.5)
    assert (came.covered, came.pinball_bp) == (None, None)


@given(_PROBABILITIES, _PRICES)
def test_the_reversed_claim_is_right_where_this_one_is_wrong(prob_up: float, price: float) -> None:
    """Hits of a claim and of its opposite add up to one, and the Brier score knows no side."""
    made = replace(CLAIM, prob_up=prob_up)
    one = outcome(made, price, naive_up=prob_up, cost_bp=1.5)
    other = outcome(replace(made, prob_up=1.0 - prob_up), price, naive_up=1 - prob_up, cost_bp=1.5)
    if one.hit is None or other.hit is None or one.brier is None:
        assert one.hit is other.hit is one.brier is None
        return
    assert one.hit + other.hit == 1.0 or min(prob_up, 1 - prob_up) > 0.4999999
    assert one.hit == one.naive_hit
    assert 0.0 <= one.brier <= 1.0


@given(_PROBABILITIES, _PRICES, st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_a_claim_is_as_right_in_other_shares(prob_up: float, price: float, split: float) -> None:
    """A split of all prices changes no figure."""
    made = replace(CLAIM, prob_up=prob_up)
    scaled = replace(
        made,
        base_price=made.base_price * split,
        low=99.0 * split,
        high=101.0 * split,
        quantiles=tuple((level, said * split) for level, said in made.quantiles),
    )
    assert outcome(scaled, price * split, naive_up=0.5, cost_bp=1.5) == outcome(
        made, price, naive_up=0.5, cost_bp=1.5
    )


@given(_PRICES)
def test_who_knows_the_price_has_no_loss(price: float) -> None:
    """Quantiles on the outcome lose nothing, and any others lose something."""
    knowing = replace(CLAIM, quantiles=((0.1, price), (0.9, price)))
    assert outcome(knowing, price, naive_up=0.5, cost_bp=0.0).pinball_bp == 0.0
    beside = replace(CLAIM, quantiles=((0.1, price), (0.9, price + 1.0)))
    assert (outcome(beside, price, naive_up=0.5, cost_bp=0.0).pinball_bp or 0.0) > 0.0


def test_the_naive_forecaster_repeats_the_more_frequent_direction() -> None:
    """It counts moves within sessions only, and has no opinion where both came as often."""
    rising, falling = {1: 1.0, 2: 2.0, 3: 3.0}, {1: 3.0, 2: 2.0}
    assert naive_up([rising], 1) == 1.0
    assert naive_up([falling], 1) == 0.0
    assert naive_up([rising, falling], 1) == 1.0
    assert naive_up([{1: 1.0, 2: 2.0}, {1: 2.0, 2: 1.0}], 1) == 0.5
    assert naive_up([{1: 1.0}, {2: 2.0}], 1) == 0.5, "nothing moves from one session to the next"
    assert naive_up([{1: 1.0, 3: 2.0}], 1) == 0.5, "nor over a gap"
    assert naive_up([{1: 1.0, 3: 2.0}], 2) == 1.0
    assert naive_up([], 4) == 0.5
