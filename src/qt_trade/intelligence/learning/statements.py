"""What a model expects of a symbol, as it is published and as it is sealed."""

from datetime import datetime
from typing import TYPE_CHECKING

from qt_trade.model.claims import Claim
from qt_trade.model.predictions import HorizonPrediction, Skill
from qt_trade.model.scores import Verdict
from qt_trade.model.symbols import Symbol

if TYPE_CHECKING:
    # LightGBM takes seconds to load, and whoever publishes need not wait for it.
    from qt_trade.intelligence.learning.inference import Expectation


def skill_of(trained: Skill, live: Verdict) -> Skill:
    """Return what a model has shown: in its training, unless it has been worse since, live.

    Live figures only take away. That few live cases do not prove yet what a training has proven
    on thousands takes nothing away; that they prove the contrary does, at once.
    """
    return Skill.NO_SKILL if live is Verdict.WORSE else trained


def horizon_of(
    said: "Expectation", horizon_min: int, model_id: str, skill: Skill
) -> HorizonPrediction:
    """Return an expectation as it is published."""
    return HorizonPrediction(
        horizon_min=horizon_min,
        price=said.price * (1 + said.expected_return),
        expected_return=said.expected_return,
        confidence=max(said.prob_up, 1 - said.prob_up),
        low=said.price * (1 + said.q05),
        high=said.price * (1 + said.q95),
        model=model_id,
        skill=skill,
        low_50=said.price * (1 + said.q25),
        high_50=said.price * (1 + said.q75),
    )


def claim_of(said: "Expectation", horizon_min: int, model_id: str, learnt_until: datetime) -> Claim:
    """Return an expectation as it is sealed; ``learnt_until``: what its model has seen."""
    returns = {
        0.05: said.q05, 0.10: said.q10, 0.25: said.q25, 0.50: said.q50,
        0.75: said.q75, 0.90: said.q90, 0.95: said.q95,
    }  # fmt: skip
    return Claim(
        model_id=model_id,
        symbol=Symbol(said.symbol),
        at=said.at,
        horizon_min=horizon_min,
        base_price=said.price,
        prob_up=said.prob_up,
        expected_return=said.expected_return,
        low=said.price * (1 + said.q10),
        high=said.price * (1 + said.q90),
        quantiles=tuple((level, said.price * (1 + change)) for level, change in returns.items()),
        learnt_until=learnt_until,
    )
