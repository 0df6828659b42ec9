"""The model ``baseline-drift-vol``: the last hour's drift, mistrusted, and its volatility.

Prices follow a geometric Brownian motion per traded minute. From the log returns r_i over k_i
minutes (k_i is 1 unless a minute had no trade; returns over a night are left out), T = sum k_i:

    drift       mu    = sum r_i / T * T / (T + T0)
    volatility  sigma = sqrt( sum (r_i - m k_i)^2 / k_i / (n - 1) ),  m = sum r_i / T

which are the maximum-likelihood estimates of Campbell, Lo & MacKinlay, "The Econometrics of
Financial Markets" (1997), section 9.3.2, the drift shrunk towards zero as by T0 minutes without any
(a conjugate normal prior): an hour says little about a drift and much about a volatility.
For h minutes ahead, with Phi the normal distribution function:

    expected return  exp(mu h) - 1      confidence  Phi(|mu| sqrt(h) / sigma)
    90 % band        price * exp(mu h +- 1.645 sigma sqrt(h)), and the others likewise
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import NormalDist

from qt_trade.model.bars import Bar
from qt_trade.model.claims import Claim
from qt_trade.model.predictions import HORIZONS_MIN, HorizonPrediction, Prediction, Skill

MODEL = "baseline-drift-vol"
NO_SKILL = "the baseline is what models are measured against; it has shown no skill"

RETURNS_MAX = 60
"""One-minute returns looked back upon."""
RETURNS_MIN = 20
"""With fewer the volatility alone would be off by more than a sixth (one over root 2(n-1))."""
PRIOR_MIN = 60.0
"""T0: minutes without drift that are believed beforehand."""
AGE_MAX = timedelta(minutes=10)
"""A last bar that ended longer ago says nothing about now."""
CONFIDENCE_MAX = 0.999

_GAP_MAX_MIN = 30.0
_TICK = 0.01
_NORMAL = NormalDist()
_LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
_Z_75, _Z_95 = _NORMAL.inv_cdf(0.75), _NORMAL.inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request. ``words`` name what is missing and why; empty when nothing is."""

    prediction: Prediction | None
    words: str


@dataclass(frozen=True, slots=True)
class _Motion:
    """Drift and volatility of the log price, per minute and per square root of a minute."""

    drift: float
    volatility: float


def predict(bars: Sequence[Bar], at: datetime, close: datetime | None) -> Outcome:
    """Predict one symbol's price at the horizons that end by ``close``.

    ``bars``: one-minute bars of one symbol, oldest first, earlier sessions welcome; those that end
    after ``at`` (feed time) are not looked at. ``close``: when the session that is open at ``at``
    closes, None when none is open.
    """
    if close is None or at >= close:
        return Outcome(None, "the market is closed")
    ended = [bar for bar in bars if _end(bar) <= at][-2 * RETURNS_MAX :]
    if ended and at - _end(ended[-1]) > AGE_MAX:
        return Outcome(None, f"the last bar ended at {_end(ended[-1]):%H:%M} UTC, too long ago")
    returns = _returns(ended)[-RETURNS_MAX:]
    if len(returns) < RETURNS_MIN:
        return Outcome(None, f"not enough data: {len(returns)} of {RETURNS_MIN} minutes")
    motion = _estimate(returns, ended[-1].close)
    within = [h for h in HORIZONS_MIN if at + timedelta(minutes=h) <= close]
    if not within:
        return Outcome(None, f"every horizon ends after the close ({close:%H:%M} UTC)")
    prediction = Prediction(
        symbol=ended[-1].symbol,
        at=at,
        price=ended[-1].close,
        horizons=tuple(_horizon(motion, ended[-1].close, minutes) for minutes in within),
    )
    beyond = [str(h) for h in HORIZONS_MIN if h not in within]
    words = f"{' and '.join(beyond)} min end after the close" if beyond else ""
    return Outcome(prediction, words)


def claims_of(prediction: Prediction) -> list[Claim]:
    """Return what ``predict`` said as claims, one for each horizon."""
    return [_claim(prediction, horizon) for horizon in prediction.horizons]


def _claim(prediction: Prediction, horizon: HorizonPrediction) -> Claim:
    spread = math.log(horizon.high / horizon.price) / _Z_95
    prices = {level: horizon.price * math.exp(_NORMAL.inv_cdf(level) * spread) for level in _LEVELS}
    confidence = horizon.confidence
    return Claim(
        model_id=MODEL,
        symbol=prediction.symbol,
        at=prediction.at,
        horizon_min=horizon.horizon_min,
        base_price=prediction.price,
        prob_up=confidence if horizon.expected_return >= 0 else 1.0 - confidence,
        expected_return=horizon.expected_return,
        low=prices[0.10],
        high=prices[0.90],
        quantiles=tuple(prices.items()),
    )


def _end(bar: Bar) -> datetime:
    return bar.at + timedelta(seconds=bar.interval_s)


def _returns(bars: Sequence[Bar]) -> list[tuple[float, float]]:
    """Return (log return, minutes it took) between neighbours, leaving out nights."""
    pairs = [
        (math.log(after.close / before.close), (after.at - before.at).total_seconds() / 60.0)
        for before, after in pairwise(bars)
    ]
    return [(change, minutes) for change, minutes in pairs if 0.0 < minutes <= _GAP_MAX_MIN]


def _estimate(returns: Sequence[tuple[float, float]], price: float) -> _Motion:
    total = sum(minutes for _, minutes in returns)
    mean = sum(change for change, _ in returns) / total
    square = sum((change - mean * minutes) ** 2 / minutes for change, minutes in returns)
    # Prices come in cents: a volatility below the rounding of two of them is not measurable.
    rounding = _TICK / price / math.sqrt(6.0)
    return _Motion(
        drift=mean * total / (total + PRIOR_MIN),
        volatility=max(math.sqrt(square / (len(returns) - 1)), rounding),
    )


def _horizon(motion: _Motion, price: float, minutes: int) -> HorizonPrediction:
    drift, spread = motion.drift * minutes, motion.volatility * math.sqrt(minutes)

    def at(z: float) -> float:
        return price * math.exp(drift + z * spread)

    return HorizonPrediction(
        horizon_min=minutes,
        price=at(0.0),
        expected_return=math.expm1(drift),
        confidence=min(_NORMAL.cdf(abs(drift) / spread), CONFIDENCE_MAX),
        low=at(-_Z_95),
        high=at(_Z_95),
        model=MODEL,
        skill=Skill.NO_SKILL,
        low_50=at(-_Z_75),
        high_50=at(_Z_75),
    )
