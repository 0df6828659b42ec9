"""What models say in the desktop's tests: by skill, with bands or without; every figure is made up."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec
from tests.desktop import backend as published

from qt_trade.contract.payloads.intelligence import Interval, MlScorecard, ScoreLine
from qt_trade.contract.payloads.predictions import (
    Horizon,
    PredictionsCurrent,
    SymbolPrediction,
)
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState, Verdict

MODEL = "gbm"
CASES_NEEDED = 400


def horizon(price: float, move: float, skill: Skill, *, halves: bool = True) -> Horizon:
    """Return one horizon; ``halves``: whether it has a 50 % band, too."""
    return Horizon(
        predicted_price=price * (1 + move),
        change_pct=move * 100,
        confidence=0.61,
        low=price * (1 + move - 0.002),
        high=price * (1 + move + 0.002),
        low_50=price * (1 + move - 0.0008) if halves else None,
        high_50=price * (1 + move + 0.0008) if halves else None,
        model=MODEL,
        skill=skill,
    )


def said(
    skills: Mapping[int, Skill], *, move: float = 0.0012, halves: bool = True, words: str = ""
) -> PredictionsCurrent:
    """Return the same of every symbol: a skill by the minutes of its horizon."""
    symbols = {
        symbol: SymbolPrediction(
            current_price=price,
            at=published.NOW - timedelta(minutes=1),
            horizons={
                str(minutes): horizon(price, move, skill, halves=halves)
                for minutes, skill in skills.items()
            },
            words=words,
        )
        for symbol, price, *_ in published.CASES
    }
    return msgspec.structs.replace(published.predicted(), model=MODEL, symbols=symbols)


def expired() -> PredictionsCurrent:
    """Return predictions after which the next ones never came."""
    return msgspec.structs.replace(
        said(dict.fromkeys((15, 30, 60), Skill.PROVEN)),
        feed_ts=published.NOW - timedelta(minutes=16),
        next_feed_ts=published.NOW - timedelta(minutes=2),
    )


def scored(cases: Mapping[int, int]) -> MlScorecard:
    """Return the score of the model in use by the minutes of its horizon and its cases."""
    lines = tuple(_line(minutes, count) for minutes, count in cases.items())
    return MlScorecard(
        **published.stamp("worker"),
        run_id=published.RUN,
        feed_ts=published.NOW,
        since=published.NOW - timedelta(days=20),
        naive="the more frequent direction of the last 20 days",
        lines=lines,
        symbols=(),
        sealed=sum(cases.values()),
        scored=sum(cases.values()),
        head="",
    )


def _line(minutes: int, cases: int) -> ScoreLine:
    enough = cases >= CASES_NEEDED
    return ScoreLine(
        model_id=MODEL, model="gbm", version="v1", horizon_min=minutes,
        state=ModelState.IN_USE, hit_rate=0.524 if enough else None,
        naive_hit_rate=0.516 if enough else None,
        difference=Interval(value=0.8, low=-0.4, high=2.0) if enough else None,
        verdict=Verdict.NOT_PROVEN if enough else Verdict.WAIT, cases=cases,
        cases_needed=CASES_NEEDED, brier=None, coverage=None, pinball=None,
        information_coefficient=None, edge_bp=None, calibration=(), words="",
    )  # fmt: skip
