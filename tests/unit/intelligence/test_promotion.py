"""When a model may be put in use, and which shadows have to go."""

from datetime import UTC, datetime, timedelta

from qt_trade.intelligence.scoring.promotion import NOTHING_SCORED, closed, promotion_gates, surplus
from qt_trade.intelligence.scoring.scoring import Score
from qt_trade.model.models import Gate, ModelFacts, ModelRecord
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState, Verdict

AT = datetime(2026, 11, 2, 13, 0, tzinfo=UTC)
TRAINED = (Gate("Walk-forward beats naive", passed=True, words="by 1.2 points"),)


def of_score(score: Score) -> list[bool | None]:
    gates = promotion_gates(TRAINED, score, cases_needed=400, days_needed=10)
    return [gate.passed for gate in gates]


def test_a_new_model_waits_and_says_for_what() -> None:
    """Nothing is refused yet, and nothing is open that is not known."""
    gates = promotion_gates(TRAINED, NOTHING_SCORED, cases_needed=400, days_needed=10)
    assert [gate.passed for gate in gates] == [True, None, None, None]
    assert [gate.words for gate in closed(gates)] == [
        "0 of 400 predictions", "0 of 10 trading days", "nothing is scored yet",
    ]  # fmt: skip


def test_every_condition_has_to_hold() -> None:
    """Enough cases on enough days, and live not worse; at the very numbers it is enough."""
    assert of_score(Score(400, 10, Verdict.NOT_PROVEN, "")) == [True] * 4
    assert of_score(Score(400, 10, Verdict.BETTER, "")) == [True] * 4
    assert of_score(Score(399, 10, Verdict.BETTER, "")) == [True, None, True, True]
    assert of_score(Score(400, 9, Verdict.BETTER, "")) == [True, True, None, True]
    assert of_score(Score(400, 10, Verdict.WORSE, "")) == [True, True, True, False]


def test_what_failed_in_training_stays_closed() -> None:
    """However well it does live: luck is not taken for skill."""
    failed = (Gate("No look-ahead found", passed=False, words="gap knows tomorrow"),)
    live = Score(4000, 40, Verdict.BETTER, "")
    gates = promotion_gates(failed, live, cases_needed=400, days_needed=10)
    assert closed(gates) == list(failed)


def shadow(day: int, horizon_min: int = 15) -> ModelRecord:
    at = AT + timedelta(days=day)
    facts = ModelFacts(
        family="gbm", horizon_min=horizon_min, trained_at=at, data_from=AT, data_to=AT, rows=1,
        features=(), parameters={}, metrics={}, seed=7, data_hash="", gates=(),
        skill=Skill.WAITING, refused="", trigger="daily",
    )  # fmt: skip
    return ModelRecord(f"gbm-{horizon_min}-v{day}", f"v{day}", ModelState.SHADOW, at, "", facts)


def test_the_oldest_shadows_and_the_newest_stay() -> None:
    """So that with a training a day some become old enough to be judged."""
    waiting = [shadow(day) for day in range(1, 7)]
    assert [one.version for one in surplus(waiting, kept=3)] == ["v3", "v4", "v5"]
    assert surplus(waiting[:3], kept=3) == []
    assert surplus([*waiting[:3], shadow(9, 30)], kept=3) == []


def test_after_weeks_of_daily_trainings_the_first_still_waits() -> None:
    """Day after day the newest takes the place of the one of the day before."""
    kept: list[ModelRecord] = []
    for day in range(1, 30):
        kept.append(shadow(day))
        gone = surplus(kept, kept=3)
        kept = [one for one in kept if one not in gone]
    assert [one.version for one in kept] == ["v1", "v2", "v29"]
