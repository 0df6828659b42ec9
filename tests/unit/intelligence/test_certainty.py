"""How sure a direction is: monotone, never turned round, and as right as it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_trade.intelligence.learning.certainty import UNKNOWN, certainty
from qt_trade.intelligence.learning.learnt import Certainty
from qt_trade.intelligence.learning.outlook import how_certain, outlook


def drawn(slope: float, cases: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distances, whether each was right as a sigmoid of this slope says, and 40 sessions."""
    rng = np.random.default_rng(1)
    distance = np.abs(rng.normal(size=cases))
    right = rng.random(cases) < 1 / (1 + np.exp(-slope * distance))
    return distance, right, np.arange(cases) * 40 // cases


@pytest.mark.parametrize("slope", [0.1, 0.5, 2.0])
def test_a_sigmoid_is_found_again(slope: float) -> None:
    """Platt's way is kept where it is the truth, with the slope it was drawn with."""
    found = certainty(*drawn(slope))
    assert found.method == "platt"
    assert found.slope == pytest.approx(slope, abs=0.06)


def test_a_score_that_knows_nothing_is_worth_nothing() -> None:
    """Where far scores are right no more often than near ones, nothing is said with certainty."""
    found = certainty(*drawn(0.0))
    assert how_certain(found, np.array([0.1, 3.0])) == pytest.approx(0.5, abs=0.03)


def test_a_step_is_told_by_the_curve() -> None:
    """Right 70 % of the time beyond a distance, half the time below: no sigmoid tells that."""
    rng = np.random.default_rng(2)
    distance, _, session = drawn(0.0)
    right = rng.random(len(distance)) < np.where(distance > 1.5, 0.7, 0.5)
    found = certainty(distance, right, session)
    assert found.method == "isotonic"
    assert how_certain(found, np.array([1.0, 2.0])) == pytest.approx([0.5, 0.7], abs=0.03)
    assert len(found.scores) <= 200


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.floats(0, 5), st.booleans()), min_size=2, max_size=300),
    st.integers(0, 10),
)
def test_farther_is_never_less_certain(cases: list[tuple[float, bool]], seed: int) -> None:
    """Whatever was seen: from a half up to almost one, and monotone."""
    distance, right = (np.array(column) for column in zip(*cases, strict=True))
    session = np.random.default_rng(seed).integers(0, 4, len(cases))
    said = how_certain(certainty(distance, right, session), np.linspace(0, 6, 50))
    assert (np.diff(said) >= 0).all()
    assert said.min() > 0.5
    assert said.max() <= 0.999


def test_before_anything_was_seen_a_score_is_mistrusted() -> None:
    """A quarter of what it says."""
    nothing = np.array([])
    assert certainty(nothing, nothing.astype(bool), nothing.astype(int)) == UNKNOWN
    assert how_certain(UNKNOWN, np.array([2.0])) == pytest.approx(1 / (1 + np.exp(-0.5)))


def test_probability_and_centre_are_those_of_one_distribution() -> None:
    """A normal return with this centre and spread rises with this probability."""
    certain = Certainty("platt", 1.0)
    direction, spread = np.array([0.4, -0.4, 0.0]), np.log(np.full(3, np.sqrt(2 / np.pi)))
    view = outlook(direction, spread, np.full(3, 0.01), certain)
    assert view.spread == pytest.approx(0.01)
    assert view.prob_up[0] == pytest.approx(1 / (1 + np.exp(-0.4)))
    assert view.prob_up[0] + view.prob_up[1] == pytest.approx(1.0)
    # Phi(0.25) = 0.59871, as in every table; 0.4 in log odds is 0.59869.
    assert view.centre[0] / 0.01 == pytest.approx(0.25, abs=2e-4)
    assert view.centre[1] == pytest.approx(-view.centre[0])
    assert abs(view.centre[2]) < 1e-6
