"""The baseline is the formula it documents, sees no future and says when it knows too little."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.intelligence.baseline import MODEL, claims_of, predict
from qt_trade.model.bars import Bar
from qt_trade.model.predictions import HorizonPrediction, Skill
from qt_trade.model.symbols import Symbol

OPEN = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
CLOSE = datetime(2013, 10, 4, 20, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def bar(at: datetime, price: float) -> Bar:
    return Bar(Symbol("IBM"), at, 60, price, price, price, price, 100)


def bars(changes: Sequence[float], opened: datetime = OPEN, price: float = 100.0) -> list[Bar]:
    """One bar at the open, then one a minute, each changed by a log return."""
    made = [bar(opened, price)]
    for minute, change in enumerate(changes, 1):
        made.append(bar(opened + minute * MINUTE, made[-1].close * math.exp(change)))
    return made


def after(made: Sequence[Bar]) -> datetime:
    return made[-1].at + MINUTE


def horizons(made: Sequence[Bar]) -> tuple[HorizonPrediction, ...]:
    outcome = predict(made, after(made), CLOSE)
    assert outcome.prediction is not None
    return outcome.prediction.horizons


def test_an_example_worked_by_hand() -> None:
    # 60 returns, half +0.0004 and half -0.0002: m = 0.0001, deviations of 0.0003 each.
    made = bars([0.0004, -0.0002] * 30)
    outcome = predict(made, after(made), CLOSE)
    assert outcome.words == ""
    assert outcome.prediction is not None
    assert outcome.prediction.price == made[-1].close
    drift = 0.0001 * 60 / 120
    sigma = math.sqrt(60 * 0.0003**2 / 59)
    for horizon, minutes in zip(outcome.prediction.horizons, (15, 30, 60), strict=True):
        ratio = drift * minutes / (sigma * math.sqrt(minutes))
        band = 1.6448536269514722 * sigma * math.sqrt(minutes)
        price = made[-1].close
        assert (horizon.horizon_min, horizon.model) == (minutes, MODEL)
        assert horizon.skill is Skill.NO_SKILL
        assert horizon.expected_return == pytest.approx(math.exp(drift * minutes) - 1)
        assert horizon.price == pytest.approx(price * math.exp(drift * minutes))
        assert horizon.confidence == pytest.approx(0.5 * (1 + math.erf(ratio / math.sqrt(2))))
        assert horizon.low == pytest.approx(price * math.exp(drift * minutes - band))
        assert horizon.high == pytest.approx(price * math.exp(drift * minutes + band))


returns = st.lists(
    st.floats(min_value=-0.01, max_value=0.01, allow_nan=False), min_size=20, max_size=200
)


@given(returns)
def test_confidence_and_band_stay_in_their_bounds(changes: list[float]) -> None:
    for horizon in horizons(bars(changes)):
        assert 0.5 <= horizon.confidence < 1.0
        assert 0.0 < horizon.low < horizon.price < horizon.high
        assert horizon.price == pytest.approx(
            bars(changes)[-1].close * (1 + horizon.expected_return)
        )


@given(returns)
def test_a_mirrored_past_mirrors_the_expectation(changes: list[float]) -> None:
    # Far from a cent's rounding both ways, so that only the sign differs.
    for up, down in zip(
        horizons(bars(changes, price=1e6)),
        horizons(bars([-change for change in changes], price=1e6)),
        strict=True,
    ):
        assert math.log1p(up.expected_return) == pytest.approx(
            -math.log1p(down.expected_return), abs=1e-12
        )
        assert up.confidence == pytest.approx(down.confidence)


@given(returns, st.floats(min_value=1.0, max_value=1e4))
def test_what_comes_later_changes_nothing(changes: list[float], price: float) -> None:
    made = bars(changes)
    later = [*made, bar(after(made), price), bar(after(made) + MINUTE, price / 2)]
    assert predict(later, after(made), CLOSE) == predict(made, after(made), CLOSE)


def test_only_the_last_sixty_returns_count() -> None:
    tail = [0.0004, -0.0002] * 30
    wild = bars([0.01, -0.02] * 30 + tail)
    calm = bars(tail, opened=wild[60].at, price=wild[60].close)
    assert horizons(wild) == horizons(calm)


def test_a_night_is_no_return() -> None:
    yesterday = bars([0.0001, -0.0001] * 20, opened=OPEN - timedelta(days=1))
    gapped = bars([0.0001, -0.0001] * 5, price=yesterday[-1].close * 1.2)
    outcome = predict([*yesterday, *gapped], after(gapped), CLOSE)
    assert outcome.prediction is not None
    assert abs(outcome.prediction.horizons[-1].expected_return) < 1e-5


def test_a_minute_without_a_trade_is_spread_over_its_time() -> None:
    # The same motion seen each minute and every second minute.
    each = bars([0.0003, -0.0001] * 40)
    sparse = each[::2]
    (fine, *_), (coarse, *_) = horizons(each), horizons(sparse)
    assert coarse.expected_return == pytest.approx(fine.expected_return, rel=0.2)


def test_a_price_that_stands_still_expects_nothing() -> None:
    for horizon in horizons(bars([0.0] * 30)):
        assert (horizon.expected_return, horizon.confidence) == (0.0, 0.5)
        assert horizon.low < 100.0 < horizon.high


def test_a_price_that_only_climbs_is_not_certain() -> None:
    assert {horizon.confidence for horizon in horizons(bars([0.005] * 60))} == {0.999}


def test_too_few_bars_are_counted() -> None:
    made = bars([0.001] * 19)
    outcome = predict(made, after(made), CLOSE)
    assert outcome.prediction is None
    assert outcome.words == "not enough data: 19 of 20 minutes"
    assert predict([], OPEN, CLOSE).words == "not enough data: 0 of 20 minutes"


@pytest.mark.parametrize(
    ("left", "within", "words"),
    [
        (60, (15, 30, 60), ""),
        (59, (15, 30), "60 min end after the close"),
        (29, (15,), "30 and 60 min end after the close"),
    ],
)
def test_no_horizon_reaches_beyond_the_close(
    left: int, within: tuple[int, ...], words: str
) -> None:
    made = bars([0.0001, -0.0001] * 20, opened=CLOSE - timedelta(minutes=left + 41))
    outcome = predict(made, CLOSE - timedelta(minutes=left), CLOSE)
    assert outcome.prediction is not None
    assert tuple(horizon.horizon_min for horizon in outcome.prediction.horizons) == within
    assert outcome.words == words


def test_the_last_minutes_have_no_prediction_at_all() -> None:
    made = bars([0.0001, -0.0001] * 20, opened=CLOSE - timedelta(minutes=55))
    outcome = predict(made, CLOSE - timedelta(minutes=14), CLOSE)
    assert outcome.prediction is None
    assert outcome.words == "every horizon ends after the close (20:00 UTC)"


def test_a_closed_market_has_no_prediction() -> None:
    made = bars([0.001] * 40)
    assert predict(made, after(made), None).words == "the market is closed"
    assert predict(made, CLOSE, CLOSE).words == "the market is closed"


def test_old_bars_say_nothing_about_now() -> None:
    made = bars([0.001] * 40)
    outcome = predict(made, after(made) + timedelta(minutes=11), CLOSE)
    assert outcome.prediction is None
    assert outcome.words == "the last bar ended at 14:11 UTC, too long ago"


def test_what_it_says_is_claimed_with_the_same_bands() -> None:
    """Sealed beside the models it is the measure of, with their quantiles."""
    made = bars([-0.0004, 0.0002] * 30)
    prediction = predict(made, after(made), CLOSE).prediction
    assert prediction is not None
    for claim, horizon in zip(claims_of(prediction), prediction.horizons, strict=True):
        assert (claim.model_id, claim.horizon_min) == (MODEL, horizon.horizon_min)
        assert (claim.at, claim.base_price) == (prediction.at, prediction.price)
        assert claim.prob_up == pytest.approx(1 - horizon.confidence)
        prices = dict(claim.quantiles)
        assert (prices[0.05], prices[0.95]) == pytest.approx((horizon.low, horizon.high))
        assert (prices[0.25], prices[0.75]) == pytest.approx((horizon.low_50, horizon.high_50))
        assert (claim.low, claim.high) == (prices[0.10], prices[0.90])
        assert claim.learnt_until is None
