"""Skill is seen where there is some, and nowhere else."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.intelligence.tracks import Judged, track

from qt_trade.intelligence.scoring.clustered import independent, student_t, wilson
from qt_trade.intelligence.scoring.demotion import demotion, drift
from qt_trade.intelligence.scoring.outcomes import outcome
from qt_trade.intelligence.scoring.scoring import Score, score
from qt_trade.model.claims import Claim
from qt_trade.model.scores import Estimate, Verdict
from qt_trade.model.symbols import Symbol, symbol
from qt_trade.model.tallies import Tally, Track

NEEDED = 400
SYMBOLS = [symbol(name) for name in ("AAPL", "MSFT", "GOOG", "IBM", "XOM", "GE", "KO", "PG")]
SIGMA = 0.002
FIRST = datetime(2013, 10, 1, 13, 45, tzinfo=UTC)

Forecaster = Callable[[float, random.Random], float]
"""From the return to come and a coin to a probability of up; most look at the coin alone."""


def history(
    forecaster: Forecaster, sessions: int = 22, seed: int = 7, band_z: float = 1.2816
) -> list[Judged]:
    """Return a month of claims about eight symbols that move together, and what came of them."""
    rng = random.Random(seed)
    judged: list[Judged] = []
    for day in range(sessions):
        for quarter in range(25):
            at = FIRST + timedelta(days=day, minutes=15 * quarter)
            market = rng.gauss(0.0, 1.0)
            for name in SYMBOLS:
                move = SIGMA * (0.6 * market + 0.8 * rng.gauss(0.0, 1.0))
                prob_up = forecaster(move, rng)
                claim = _claim(name, at, prob_up, band_z)
                came = outcome(
                    claim, 100.0 * (1 + move), naive_up=rng.choice((0.0, 1.0)), cost_bp=1.5
                )
                judged.append((at.date(), claim, came))
    return judged


def _claim(name: Symbol, at: datetime, prob_up: float, band_z: float) -> Claim:
    spread = 100.0 * SIGMA * band_z
    return Claim("m", name, at, 15, 100.0, prob_up, None, 100.0 - spread, 100.0 + spread)


def skilled(move: float, rng: random.Random) -> float:
    """Right in 58 of 100 cases, and says so."""
    return 0.58 if (move > 0) == (rng.random() < 0.58) else 0.42


def coin(_: float, rng: random.Random) -> float:
    return rng.choice((0.45, 0.55))


def reversed_(move: float, rng: random.Random) -> float:
    return 1.0 - skilled(move, rng)


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    """What three forecasters of one month have shown."""
    forecasters = {"skilled": skilled, "coin": coin, "reversed": reversed_}
    return {name: score(track(history(one)), NEEDED) for name, one in forecasters.items()}


def test_a_month_tells_skill_from_a_coin(scores: dict[str, Score]) -> None:
    """True skill is BETTER, a coin NOT_PROVEN, the opposite of skill WORSE."""
    verdicts = {name: one.verdict for name, one in scores.items()}
    assert verdicts == {
        "skilled": Verdict.BETTER,
        "coin": Verdict.NOT_PROVEN,
        "reversed": Verdict.WORSE,
    }
    difference = scores["skilled"].difference
    assert difference is not None
    assert difference.low < 8.0 < difference.high, "58 of 100 against 50 of 100"


def test_the_figures_of_a_skilled_forecaster(scores: dict[str, Score]) -> None:
    """Hit rate, Brier score, correlation, edge and calibration are those it was made with."""
    told = scores["skilled"]
    assert told.hit_rate == pytest.approx(0.58, abs=0.02)
    assert told.naive_hit_rate == pytest.approx(0.5, abs=0.02)
    assert told.brier == pytest.approx(0.58 * 0.42, abs=0.005)
    assert told.information_coefficient is not None
    # The sign is known in 16 more of 100 cases; sign and rank correlate by sqrt(3) / 2.
    expected = 0.16 * math.sqrt(3) / 2
    assert told.information_coefficient.low < expected < told.information_coefficient.high
    assert told.edge_bp is not None
    # A normal move of 20 bp is sqrt(2 / pi) of that on average.
    assert told.edge_bp.low < 20.0 * 0.16 * math.sqrt(2 / math.pi) - 3.0 < told.edge_bp.high
    (point,) = told.calibration
    assert point.said == pytest.approx(0.58)
    assert point.right.low < 0.58 < point.right.high
    assert point.cases == told.cases


@pytest.mark.parametrize(("band_z", "nominal"), [(1.2816, 0.8), (0.6745, 0.5)])
def test_coverage_is_what_the_bands_hold(band_z: float, nominal: float) -> None:
    """Bands of a known width hold as much as the normal distribution says."""
    coverage = score(track(history(coin, band_z=band_z)), NEEDED).coverage
    assert coverage is not None
    assert coverage.low < nominal < coverage.high
    assert coverage.high - coverage.low < 0.06


def test_too_little_is_said_to_be_too_little() -> None:
    """Neither too few cases nor too few sessions make a figure."""
    few = score(track(history(skilled)[:212]), NEEDED)
    assert (few.verdict, few.words) == (Verdict.WAIT, "not enough data yet: 212 of 400")
    short = score(track(history(skilled, sessions=4)), NEEDED)
    assert short.words == "not enough data yet: 4 of 10 sessions"
    for one in (few, short, score(track([]), NEEDED)):
        assert one.hit_rate is one.difference is one.coverage is one.edge_bp is None
        assert one.calibration == ()


def test_what_is_never_said_is_not_scored() -> None:
    """Without bands, quantiles or a differing forecast these figures stay away; the others do not."""
    steady = [
        (day, replace(claim, prob_up=0.6, low=None, high=None), replace(came, covered=None))
        for day, claim, came in history(coin)
    ]
    told = score(track(steady), NEEDED)
    assert told.coverage is told.pinball_bp is told.information_coefficient is None
    assert told.hit_rate is not None


def test_who_says_nothing_worth_its_costs_has_no_edge() -> None:
    """The words say so, and how few there were; from thirty claims in ten sessions on it is told."""
    made = history(coin)
    idle = [(day, claim, replace(came, edge_bp=None)) for day, claim, came in made]
    assert score(track(idle), NEEDED).words.endswith("; nothing it said was worth its costs")
    few = score(track([*idle[:-12], *made[-12:]]), NEEDED)
    assert few.edge_bp is None
    assert few.words.endswith("; only 12 claims were worth their costs, too few to tell an edge")
    enough = score(track([*made[: len(made) // 2], *idle[len(made) // 2 :]]), NEEDED)
    assert enough.edge_bp is not None
    assert "worth" not in enough.words


def test_claims_that_are_wrong_together_prove_nothing() -> None:
    """One coin a session, the same for all its claims, passes for skill no more often than said.

    As independent cases the same 2000 would "prove" something in most months.
    """
    proven, independent_says = 0, 0
    for seed in range(400):
        rng = random.Random(seed)
        sessions = {}
        for day in range(20):
            hits = 50.0 + 30.0 * rng.choice((-1, 1))
            sessions[date(2013, 10, 1) + timedelta(day)] = Tally(100.0, hits, 50.0)
        told = score(Track("m", 15, sessions, {}), NEEDED)
        proven += told.verdict is not Verdict.NOT_PROVEN
        right = wilson(told.hit_rate or 0.0, told.cases)
        independent_says += not right.low < 0.5 < right.high
    assert proven / 400 < 0.08
    assert independent_says / 400 > 0.5


_SESSIONS = st.lists(
    st.tuples(st.integers(1, 60), st.floats(0, 1), st.floats(0, 1)), min_size=10, max_size=30
)


def _track(sessions: list[tuple[int, float, float]], sign: float = 1.0) -> Track:
    made = {}
    for number, (cases, hit, naive) in enumerate(sessions):
        hits, naive_hits = round(cases * hit), round(cases * naive)
        if sign < 0:
            hits, naive_hits = cases - hits, cases - naive_hits
        day = date(2013, 10, 1) + timedelta(days=number)
        made[day] = Tally(float(cases), float(hits), float(naive_hits))
    return Track("m", 15, made, {})


@given(_SESSIONS)
@settings(max_examples=60)
def test_reversing_both_forecasters_reverses_the_difference(
    sessions: list[tuple[int, float, float]],
) -> None:
    """The difference and its interval change their sign, and so does the verdict."""
    one, other = score(_track(sessions), 1), score(_track(sessions, -1.0), 1)
    assert one.difference is not None
    assert other.difference is not None
    assert one.difference.value == pytest.approx(-other.difference.value, abs=1e-9)
    assert one.difference.low == pytest.approx(-other.difference.high, abs=1e-6)
    opposite = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    if abs(one.difference.low) > 1e-6 < abs(one.difference.high):
        assert other.verdict is opposite.get(one.verdict, one.verdict)


@given(_SESSIONS, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_sessions_does_not_matter(
    sessions: list[tuple[int, float, float]], rng: random.Random
) -> None:
    """The same sessions in another order show the same."""
    shuffled = rng.sample(sessions, len(sessions))
    one, other = score(_track(sessions), 1).difference, score(_track(shuffled), 1).difference
    assert one is not None
    assert other is not None
    assert (one.value, one.low) == pytest.approx((other.value, other.low), abs=1e-6)


@given(_SESSIONS)
@settings(max_examples=60)
def test_nobody_is_better_than_himself_and_a_seer_is_better_than_anybody(
    sessions: list[tuple[int, float, float]],
) -> None:
    """The naive forecaster's difference to itself is nothing; who is always right is never worse."""
    same = score(_track([(cases, hit, hit) for cases, hit, _ in sessions]), 1)
    assert same.difference == Estimate(0.0, 0.0, 0.0)
    assert same.verdict is Verdict.NOT_PROVEN
    seer = score(_track([(cases, 1.0, naive) for cases, _, naive in sessions]), 1)
    assert seer.hit_rate == 1.0
    assert seer.verdict is not Verdict.WORSE


@given(st.floats(0, 1), st.floats(1, 1e6))
def test_a_wilson_interval_holds_its_share(share: float, cases: float) -> None:
    """It lies within 0 and 1, about the share, and a bare count of 9 of 10 gives the textbook's."""
    found = wilson(share, cases)
    assert 0.0 <= found.low <= share + 1e-12
    assert share - 1e-12 <= found.high <= 1.0
    textbook = wilson(0.9, 10)
    assert (textbook.low, textbook.high) == pytest.approx((0.5958, 0.9821), abs=1e-4)


def test_cases_that_are_right_together_are_worth_fewer() -> None:
    """Ten sessions of all or nothing are worth ten cases; alternating ones all they are."""
    assert independent([(100, 100), (100, 0)] * 5) == pytest.approx(9, abs=0.1)
    assert independent([(100, 50)] * 10) == 1000
    assert independent([(100, 100)] * 10) == 1000
    assert independent([(100, 30)]) == 100


@pytest.mark.parametrize(("freedom", "tabulated"), [(9, 2.2622), (19, 2.0930), (60, 2.0003)])
def test_students_t_is_that_of_the_tables(freedom: int, tabulated: float) -> None:
    """To the fourth digit, from the fewest sessions on that an interval is given for."""
    assert student_t(freedom) == pytest.approx(tabulated, abs=1e-4)


def test_a_model_that_is_worse_is_taken_out_of_use(scores: dict[str, Score]) -> None:
    """Skill and a coin stay, the opposite of skill goes, and so does a band that holds too little."""
    assert demotion(scores["skilled"], 0.8) == ""
    assert demotion(scores["coin"], 0.8) == ""
    assert "worse than the naive forecaster by" in demotion(scores["reversed"], 0.8)
    narrow = score(track(history(coin, band_z=0.9)), NEEDED)
    assert "80% bands held 6" in demotion(narrow, 0.8)
    assert demotion(score(track(history(reversed_, sessions=4)), NEEDED), 0.8) == ""


def test_drift_is_told_by_the_figure_that_got_worse(scores: dict[str, Score]) -> None:
    """Compared is what both name; better than at training is no drift."""
    trained = {"hit_rate": 0.75, "brier": 0.3, "r2": 1.0}
    found = drift(scores["skilled"], trained, coverage=0.8, deviation_pct=20.0)
    assert [one.name for one in found.figures] == ["hit_rate", "brier"]
    assert found.figures[0].worse_pct == pytest.approx(100 * (0.75 - 0.58) / 0.75, abs=3)
    assert found.figures[1].worse_pct < 0
    assert "hit_rate is 0.5" in found.words
    assert "0.75 at training" in found.words
    assert drift(scores["skilled"], {"hit_rate": 0.6}, coverage=0.8, deviation_pct=20.0).words == ""
    narrow = score(track(history(coin, band_z=0.9)), NEEDED)
    assert "bands held" in drift(narrow, {}, coverage=0.8, deviation_pct=20.0).words
    waiting = score(track([]), NEEDED)
    assert drift(waiting, trained, coverage=0.8, deviation_pct=20.0).figures == ()
