"""What models say in the desktop's tests: by skill, with bands or without; every figure is made up."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec
from tests.desktop import backend as published

from qt_trade.contract.payloads.predictions import (
    Horizon,
    PredictionsCurrent,
    SymbolPrediction,
)
from qt_trade.model.predictions import Skill

MODEL = "gbm"


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
