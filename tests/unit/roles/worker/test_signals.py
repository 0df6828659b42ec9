"""Predictions as the older frontends read them, and as signals by the thresholds in force."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import FEED, IBM, SPY, WALL, prediction

from qt_trade.contract import registry
from qt_trade.contract.codec import Codec
from qt_trade.contract.payloads.signals import Recommendation, Trend, Volatility
from qt_trade.contract.payloads.trading import TradingSettings
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.predictions import Prediction, Skill
from qt_trade.roles.worker.predicting.signals import Moment, enhanced, signals
from qt_trade.trading.strategies.trust import Trust

MOMENT = Moment(WALL, FEED, FeedKind.REPLAY, "run-1", "baseline")
QUARTER = timedelta(minutes=15)


def settings(**changes: object) -> TradingSettings:
    values: dict[str, object] = {
        "ts": WALL, "source": "engine", "feed": FeedKind.REPLAY, "enabled": True,
        "strategy": Strategy.BALANCED, "confidence_min": 0.55, "buy_threshold_pct": 0.001,
        "sell_threshold_pct": 0.001, "order_notional": Decimal(5000),
        "max_position_per_trade": 100, "stop_loss_pct": 0.02, "take_profit_pct": 0.04,
        "last_updated": WALL, "updated_by": "desk-1",
    }  # fmt: skip
    return TradingSettings(**values | changes)  # type: ignore[arg-type]


def wide(made: Prediction, half: float) -> Prediction:
    """Return a prediction whose intervals are so wide to either side, as a fraction."""
    low, high = made.price * (1 - half), made.price * (1 + half)
    return replace(made, horizons=tuple(replace(h, low=low, high=high) for h in made.horizons))


def test_a_prediction_has_its_horizons_in_words_and_figures() -> None:
    """Per cent where the older system had per cent."""
    line = enhanced([prediction(expected=0.002)], {}, MOMENT, QUARTER).predictions[IBM]
    assert set(line.predictions) == {"15min", "30min", "60min"}
    assert line.predictions["60min"].change_pct == pytest.approx(0.2)
    assert line.expires_at == FEED + QUARTER


@pytest.mark.parametrize(
    ("expected", "confidence", "trend", "advice"),
    [
        (0.002, 0.70, Trend.BULLISH, Recommendation.STRONG_BUY),
        (0.002, 0.60, Trend.BULLISH, Recommendation.BUY),
        (-0.002, 0.60, Trend.BEARISH, Recommendation.SELL),
        (-0.002, 0.65, Trend.BEARISH, Recommendation.STRONG_SELL),
        (0.002, 0.54, Trend.NEUTRAL, Recommendation.HOLD),
        (0.0, 0.90, Trend.NEUTRAL, Recommendation.HOLD),
    ],
)
def test_a_direction_counts_when_it_is_better_than_a_coin(
    expected: float, confidence: float, trend: Trend, advice: Recommendation
) -> None:
    """Else the word is NEUTRAL and the advice HOLD."""
    document = enhanced([prediction(IBM, expected, confidence)], {}, MOMENT, QUARTER)
    line = document.predictions[IBM]
    assert line.predictions["60min"].trend is trend
    assert line.recommendation is advice


@pytest.mark.parametrize("skill", [one for one in Skill if one is not Skill.PROVEN])
def test_nothing_is_advised_without_proven_skill(skill: Skill) -> None:
    """The trend is told; the word that people act on is HOLD."""
    made = prediction(IBM, 0.002, 0.70)
    unproven = replace(made, horizons=tuple(replace(h, skill=skill) for h in made.horizons))
    line = enhanced([unproven], {}, MOMENT, QUARTER).predictions[IBM]
    assert line.predictions["60min"].trend is Trend.BULLISH
    assert line.recommendation is Recommendation.HOLD


@pytest.mark.parametrize(
    ("half", "volatility"),
    [(0.002, Volatility.LOW), (0.005, Volatility.MEDIUM), (0.009, Volatility.HIGH)],
)
def test_an_hours_interval_says_how_lively_a_symbol_is(half: float, volatility: Volatility) -> None:
    """A quarter of an hour's counts as twice as wide."""
    line = enhanced([wide(prediction(), half)], {}, MOMENT, QUARTER).predictions[IBM]
    assert line.predictions["60min"].volatility is volatility
    half_hour = enhanced([wide(prediction(), half / 2)], {}, MOMENT, QUARTER).predictions[IBM]
    assert half_hour.predictions["15min"].volatility is volatility


def test_a_symbol_without_a_prediction_says_why() -> None:
    """No price is made up for it."""
    document = enhanced([], {"SPY": "12 of 30 bars"}, MOMENT, QUARTER)
    line = document.predictions[SPY]
    assert (line.current_price, line.predictions, line.words) == (None, {}, "12 of 30 bars")


def test_signals_are_those_the_settings_would_act_on_the_strongest_first() -> None:
    """What falls is a signal to sell; a stop belongs to what is bought."""
    found = signals(
        [
            prediction(IBM, 0.002, 0.60),
            prediction(SPY, -0.002, 0.70),
        ],
        settings(),
        Trust(),
        MOMENT,
    ).signals
    assert [(one.symbol, one.action) for one in found] == [("SPY", "SELL"), ("IBM", "BUY")]
    assert [one.stop_loss for one in found] == [None, 98.0]
    assert found[0].strength == pytest.approx(0.4)
    assert found[0].expires_at == FEED + timedelta(minutes=30)
    assert [one.trend for one in found] == [Trend.BEARISH, Trend.BULLISH]
    for one in found:
        assert one.low < one.target_price < one.high
        assert one.volatility in Volatility


@pytest.mark.parametrize(
    "changes",
    [{"confidence_min": 0.61}, {"buy_threshold_pct": 0.0021}],
)
def test_a_prediction_below_a_threshold_is_no_signal(changes: dict[str, float]) -> None:
    """The thresholds in force decide, and are told."""
    document = signals([prediction(IBM, 0.002, 0.60)], settings(**changes), Trust(), MOMENT)
    assert document.signals == ()
    assert "confidence from" in document.words


@pytest.mark.parametrize("skill", [Skill.NOT_PROVEN, Skill.NO_SKILL, Skill.WAITING])
def test_a_model_without_proven_skill_gives_no_signal(skill: Skill) -> None:
    """Unless simulated money was told to trade on it: then the signal carries what it is."""
    made = [prediction(IBM, 0.002, 0.60, skill=skill)]
    document = signals(made, settings(), Trust(), MOMENT)
    assert document.signals == ()
    assert document.words.endswith("of models with proven skill alone")
    told = signals(made, settings(), Trust(unproven=True), MOMENT)
    assert [one.skill for one in told.signals] == [skill]
    assert "the money is simulated" in told.words
    line = enhanced(made, {}, MOMENT, QUARTER).predictions[IBM]
    assert line.predictions["60min"].skill is skill


def test_without_thresholds_nothing_is_a_signal() -> None:
    """An engine that never spoke would act on nothing."""
    document = signals([prediction()], None, Trust(), MOMENT)
    assert document.signals == ()
    assert "engine" in document.words


@given(st.floats(-0.2, 0.2), st.floats(0.5, 1.0), st.floats(0.0, 0.3), st.sampled_from(Strategy))
def test_every_prediction_fits_the_contract(
    expected: float, confidence: float, half: float, strategy: Strategy
) -> None:
    """Whatever a model says."""
    made = wide(prediction(IBM, expected, confidence), half)
    Codec(registry.ML_PREDICTIONS_ENHANCED).encode(enhanced([made], {}, MOMENT, QUARTER))
    found = signals([made], settings(strategy=strategy), Trust(), MOMENT)
    Codec(registry.ML_TRADING_SIGNALS).encode(found)
    for one in found.signals:
        assert (one.action == "BUY") == (expected > 0)
