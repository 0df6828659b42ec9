"""What of the models needs a person."""

from qt_trade.contract.payloads.health import Severity
from qt_trade.contract.payloads.intelligence import MlModels
from qt_trade.roles.engine.conditions import Condition


def model_conditions(known: MlModels | None) -> tuple[Condition, ...]:
    """Return the horizons whose model was taken out of use by itself, until another is in use."""
    if known is None:
        return ()
    return tuple(
        Condition(
            key=f"model.{one.model_id}.demoted",
            severity=Severity.WARNING,
            title=f"{one.model} {one.version} was taken out of use at {one.horizon_min} minutes",
            message=f"{one.demoted}. The baseline stands in for it, which is not traded on.",
            action="See its score-card under Intelligence; train anew, or promote another model.",
        )
        for one in known.models
        if one.demoted
    )
