"""What a trained model expects of rows of features, and which features made it say so."""

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from qt_trade.intelligence.learning import boosters, conformal
from qt_trade.intelligence.learning.cases import matrix, volatility_of
from qt_trade.intelligence.learning.learnt import Learnt
from qt_trade.intelligence.learning.outlook import Outlook, outlook


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one horizon's model expects of one symbol at ``at``.

    ``expected_return`` and the returns that so many per cent of outcomes stay below (``q05`` …
    ``q95``) are fractions of ``price``, not logarithms. ``q50`` is ``expected_return`` where the
    model takes no side.
    """

    symbol: str
    at: datetime
    price: float
    expected_return: float
    prob_up: float
    q05: float
    q10: float
    q25: float
    q50: float
    q75: float
    q90: float
    q95: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What moved one prediction, in log odds of a rise: ``base`` for all rows, the rest by feature.

    The sum of all is the score whose sign is the direction (TreeSHAP: Lundberg, Erion & Lee,
    "Consistent individualized feature attribution for tree ensembles", 2018).
    """

    symbol: str
    at: datetime
    base: float
    by_feature: dict[str, float]


def expect(learnt: Learnt, rows: pl.DataFrame) -> list[Expectation]:
    """Return what ``learnt`` expects of each row of a feature frame, in the rows' order.

    ``rows``: symbol, at, price and the model's features. Rows whose volatility is not known yet are
    left out: nothing can be said of their spread. Raises DamagedModelError for trees that are none.
    """
    known = rows.filter(volatility_of(learnt.volatility) > 0)
    if known.is_empty():
        return []
    seen = look(learnt, known)
    bands = conformal.quantiles(learnt.residuals, seen.centre, seen.spread)
    returns = np.expm1(bands)
    return [
        Expectation(symbol, at, price, math.expm1(centre), up, *(float(q) for q in quantiles))
        for symbol, at, price, centre, up, quantiles in zip(
            known["symbol"],
            known["at"],
            known["price"],
            seen.centre.tolist(),
            seen.prob_up.tolist(),
            returns,
            strict=True,
        )
    ]


def contributions(learnt: Learnt, rows: pl.DataFrame) -> list[Contribution]:
    """Return for each row what each feature added to the log odds of a rise."""
    if rows.is_empty():
        return []
    booster = boosters.read(learnt.direction, len(learnt.features))
    parts = np.asarray(
        booster.predict(matrix(rows, learnt.features), pred_contrib=True, num_threads=1)
    )
    return [
        Contribution(
            symbol, at, float(part[-1]), dict(zip(learnt.features, part[:-1].tolist(), strict=True))
        )
        for symbol, at, part in zip(rows["symbol"], rows["at"], parts, strict=True)
    ]


def importance(learnt: Learnt) -> dict[str, float]:
    """Return each feature's share of what splitting by it gained the direction, 0 where nothing did."""
    gains = boosters.read(learnt.direction, len(learnt.features)).feature_importance("gain")
    whole = float(gains.sum()) or 1.0
    return {name: float(gain) / whole for name, gain in zip(learnt.features, gains, strict=True)}


def look(learnt: Learnt, rows: pl.DataFrame) -> Outlook:
    """Return direction, centre and spread of rows whose volatility is known."""
    inputs = matrix(rows, learnt.features)
    volatility = rows.select(volatility_of(learnt.volatility)).to_series().to_numpy()
    direction, spread = (
        boosters.read(text, len(learnt.features)) for text in (learnt.direction, learnt.spread)
    )
    return outlook(
        direction=boosters.scores(direction, inputs),
        spread=boosters.scores(spread, inputs),
        volatility=volatility.astype(np.float64),
        certainty=learnt.certainty,
    )
