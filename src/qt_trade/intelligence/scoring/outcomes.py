"""Holds one claim against what came of it.

Direction: a claim says "up" where its probability of up is above a half, "down" below. A price that
did not move was foreseen by nobody and says nothing of a direction. Brier score: G. W. Brier,
"Verification of Forecasts Expressed in Terms of Probability", Monthly Weather Review 78 (1950), for
two outcomes and one term. Pinball loss of the quantile q at level a, outcome y: R. Koenker &
G. Bassett, "Regression Quantiles", Econometrica 46 (1978): (y - q) a if y > q, else (q - y)(1 - a).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qt_trade.model.claims import Claim

BP = 10_000.0
_COIN = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How right a claim was; the fields of a ``ClaimScore`` that are not about its place."""

    realised: float
    hit: float | None
    naive_hit: float | None
    brier: float | None
    pinball_bp: float | None
    covered: bool | None
    edge_bp: float | None


def outcome(claim: Claim, price: float, *, naive_up: float, cost_bp: float) -> Outcome:
    """Score a claim by the price at its horizon's end, in the same shares as its base price.

    ``naive_up``: what the naive forecaster said of the same move, as a probability of up.
    ``cost_bp``: of one side of a trade. Acting on a claim is worth it where the return it expects
    is more than both sides cost; one that names no return is always acted on.
    """
    realised = price / claim.base_price - 1.0
    up = None if realised == 0 else realised > 0
    return Outcome(
        realised=realised,
        hit=None if up is None else _hit(claim.prob_up, up=up),
        naive_hit=None if up is None else _hit(naive_up, up=up),
        brier=None if up is None else (claim.prob_up - up) ** 2,
        pinball_bp=_pinball_bp(claim, price),
        covered=_covered(claim, price),
        edge_bp=_edge_bp(claim, realised, 2.0 * cost_bp),
    )


def _hit(prob_up: float, *, up: bool) -> float:
    if prob_up == _COIN:
        return _COIN
    return float((prob_up > _COIN) == up)


def _pinball_bp(claim: Claim, price: float) -> float | None:
    if not claim.quantiles:
        return None
    losses = [
        (price - said) * level if price > said else (said - price) * (1.0 - level)
        for level, said in claim.quantiles
    ]
    return sum(losses) / len(losses) / claim.base_price * BP


def _covered(claim: Claim, price: float) -> bool | None:
    if claim.low is None or claim.high is None:
        return None
    return claim.low <= price <= claim.high


def _edge_bp(claim: Claim, realised: float, round_trip_bp: float) -> float | None:
    side = (claim.prob_up > _COIN) - (claim.prob_up < _COIN)
    if side == 0:
        return None
    if claim.expected_return is not None and claim.expected_return * side * BP <= round_trip_bp:
        return None
    return side * realised * BP - round_trip_bp


def naive_up(sessions: Sequence[Mapping[int, float]], quarters: int) -> float:
    """Return what the naive forecaster says: always the direction that came more often.

    ``sessions``: one symbol's closes by the number of their quarter of an hour, one mapping for
    each session before; no move reaches from one into the next. ``quarters``: the horizon.
    1 is up, 0 is down, 0.5 where both came as often, or nothing is known.
    """
    moves = [
        closes[end] - close
        for closes in sessions
        for start, close in closes.items()
        if (end := start + quarters) in closes
    ]
    ups, downs = sum(move > 0 for move in moves), sum(move < 0 for move in moves)
    if ups == downs:
        return _COIN
    return float(ups > downs)
