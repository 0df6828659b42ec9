"""What of the models needs a person: one that was taken out of use, until another takes its place."""

from datetime import UTC, datetime

from qt_trade.contract.payloads.health import Severity
from qt_trade.contract.payloads.intelligence import MlModels, ModelLine
from qt_trade.model.feeds import FeedKind
from qt_trade.model.scores import ModelState
from qt_trade.roles.engine.model_health import model_conditions

AT = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
WHY = "taken out of use by itself: worse than the naive forecaster by 2.0 points"


def line(number: int, *, demoted: str = "", horizon_min: int = 15) -> ModelLine:
    return ModelLine(
        model_id=f"gbm-{horizon_min}-v{number}", model="Gradient boosting", version=f"v{number}",
        horizon_min=horizon_min, state=ModelState.SHADOW, trained_at=AT, data_from=AT, data_to=AT,
        rows=1000, features=("gap",), parameters={}, seed=7, data_hash="ab", metrics={}, gates=(),
        promotable=False, words="", demoted=demoted,
    )  # fmt: skip


def known(*lines: ModelLine) -> MlModels:
    return MlModels(ts=AT, source="worker", feed=FeedKind.REPLAY, run_id="run-1", models=lines)


def test_before_anything_is_told_nothing_holds() -> None:
    """Neither where there is no document, nor where there is no model."""
    assert model_conditions(None) == ()
    assert model_conditions(known()) == ()


def test_a_model_that_waits_is_no_trouble() -> None:
    """It was never in use, or a person took it out."""
    assert model_conditions(known(line(1), line(2))) == ()


def test_what_was_taken_out_of_use_is_told_with_its_reason() -> None:
    """One condition for each, under a key of its own, which names what to do."""
    first, second = model_conditions(
        known(line(3, demoted=WHY), line(4), line(1, demoted="lost its bands", horizon_min=60))
    )
    assert first.key == "model.gbm-15-v3.demoted"
    assert first.severity is Severity.WARNING
    assert first.title == "Gradient boosting v3 was taken out of use at 15 minutes"
    assert first.message == f"{WHY}. The baseline stands in for it, which is not traded on."
    assert "train anew, or promote another model" in first.action
    assert second.key == "model.gbm-60-v1.demoted"
    assert second.message.startswith("lost its bands")
