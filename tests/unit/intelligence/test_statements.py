"""What a model expects is published and sealed alike, and its skill is only ever taken away."""

from datetime import UTC, datetime

import pytest

from qt_trade.intelligence.learning.inference import Expectation
from qt_trade.intelligence.learning.statements import claim_of, horizon_of, skill_of
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import Verdict

AT = datetime(2013, 10, 7, 14, 0, tzinfo=UTC)
FALL = Expectation("IBM", AT, 200.0, -0.01, 0.3, -0.06, -0.05, -0.03, -0.01, 0.01, 0.03, 0.04)


@pytest.mark.parametrize("trained", Skill)
def test_live_figures_that_are_worse_take_every_skill_away(trained: Skill) -> None:
    assert skill_of(trained, Verdict.WORSE) is Skill.NO_SKILL


@pytest.mark.parametrize("trained", Skill)
@pytest.mark.parametrize("live", [Verdict.BETTER, Verdict.NOT_PROVEN, Verdict.WAIT])
def test_others_change_nothing(trained: Skill, live: Verdict) -> None:
    """Nor do good ones add what the training has not shown."""
    assert skill_of(trained, live) is trained


def test_published_are_price_bands_and_the_odds_of_the_sign() -> None:
    made = horizon_of(FALL, 30, "gbm-30-v1", Skill.PROVEN)
    assert (made.horizon_min, made.model, made.skill) == (30, "gbm-30-v1", Skill.PROVEN)
    assert (made.price, made.expected_return, made.confidence) == (198.0, -0.01, 0.7)
    assert (made.low, made.high) == (188.0, 208.0)
    assert (made.low_50, made.high_50) == (194.0, 202.0)


def test_sealed_is_the_band_of_80_percent_with_all_quantiles() -> None:
    claim = claim_of(FALL, 30, "gbm-30-v1", AT)
    assert (claim.base_price, claim.prob_up, claim.expected_return) == (200.0, 0.3, -0.01)
    assert (claim.low, claim.high) == (190.0, 206.0)
    assert [price for _, price in claim.quantiles] == [188, 190, 194, 198, 202, 206, 208]
    assert (claim.learnt_until, claim.horizon_min) == (AT, 30)
