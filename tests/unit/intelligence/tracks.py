"""Track records made claim by claim, as the database sums them up."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from qt_trade.intelligence.scoring.outcomes import Outcome
from qt_trade.model.claims import Claim
from qt_trade.model.tallies import CALIBRATION_EDGES, BinTally, Tally, Track

Judged = tuple[date, Claim, Outcome]


def _unit(claim: Claim) -> float:
    if claim.low is None or claim.high is None:
        return 1.0
    return (claim.high - claim.low) / claim.base_price


def _forecast(claim: Claim) -> float:
    told = claim.prob_up - 0.5 if claim.expected_return is None else claim.expected_return
    return told / _unit(claim)


def _ranks(values: list[float]) -> list[float]:
    """Return each value's place among all, from 0 to 1; equal ones share the middle of theirs."""
    ordered = sorted(values)
    return [
        (bisect_left(ordered, one) + bisect_right(ordered, one)) / 2 / len(values) for one in values
    ]


def _tally(came: Outcome, x: float, y: float) -> Tally:
    return Tally(
        cases=float(came.hit is not None),
        hits=came.hit or 0.0,
        naive_hits=came.naive_hit or 0.0,
        brier=came.brier or 0.0,
        banded=float(came.covered is not None),
        covered=float(came.covered or 0),
        quantiled=float(came.pinball_bp is not None),
        pinball_bp=came.pinball_bp or 0.0,
        acted=float(came.edge_bp is not None),
        edge_bp=came.edge_bp or 0.0,
        paired=1.0,
        x=x,
        y=y,
        xx=x * x,
        yy=y * y,
        xy=x * y,
    )


def track(judged: Iterable[Judged], model_id: str = "m", horizon_min: int = 15) -> Track:
    """Return the track record of one model's claims."""
    made = Track(model_id, horizon_min, {}, {})
    judged = list(judged)
    said = _ranks([_forecast(claim) for _, claim, _ in judged])
    became = _ranks([came.realised / _unit(claim) for _, claim, came in judged])
    for (session, claim, came), x, y in zip(judged, said, became, strict=True):
        made.sessions[session] = made.sessions.get(session, Tally()) + _tally(came, x, y)
        if came.hit is not None:
            sure = max(claim.prob_up, 1.0 - claim.prob_up)
            _add(made.bins.setdefault(session, []), BinTally(_bin(sure), 1.0, sure, came.hit))
    return made


def _bin(said: float) -> int:
    return bisect_right(CALIBRATION_EDGES, said)


def _add(bins: list[BinTally], one: BinTally) -> None:
    for place, there in enumerate(bins):
        if there.number == one.number:
            bins[place] = replace(
                there,
                cases=there.cases + one.cases,
                said=there.said + one.said,
                right=there.right + one.right,
            )
            return
    bins.append(one)
