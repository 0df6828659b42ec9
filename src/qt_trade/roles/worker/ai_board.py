"""``backend:grok_candidates``, made wholly from what is kept of questions and answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from qt_trade.contract.payloads.signals import Candidate, CandidateState, GrokCandidates
from qt_trade.contract.payloads.signals import Recommendation as Advice
from qt_trade.contract.payloads.trading import CycleReport, CycleRow, Stage
from qt_trade.intelligence.candidates.checking import Opinion
from qt_trade.intelligence.candidates.facts import HORIZON_MIN
from qt_trade.model.ai_answers import AiRecord, Outcome
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.worker.payloads import SOURCE

_NOT_YET = "no cycle has looked at it yet"


@dataclass(frozen=True, slots=True)
class Became:
    """What the newest cycle made of a symbol, and the feed time of it."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept: the feed's newest question, those that may still hold, and today's costs.

    ``resets_at``: when the budget is whole again.
    """

    last: AiRecord | None
    recent: tuple[AiRecord, ...]
    spent: Decimal
    budget: Decimal
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class Scene:
    """When, on what feed, and how long an opinion holds. ``why_not``: why nobody is asked."""

    wall: datetime
    feed_at: datetime
    feed: FeedKind
    expires: timedelta
    why_not: str
    resting: str


def document(
    kept: Kept, scene: Scene, prices: Mapping[str, float], became: Mapping[str, Became]
) -> GrokCandidates:
    """Return the document. ``prices``: the newest ones; ``became``: by symbol."""
    state, words = _state(kept, scene)
    last = kept.last
    end = None if last is None else last.end
    candidates = tuple(_candidates(kept.recent, scene, prices, became))
    return GrokCandidates(
        ts=scene.wall,
        source=SOURCE,
        feed=scene.feed,
        state=state,
        words=words,
        model="" if end is None else end.answered_by,
        asked_at=None if last is None else last.question.asked_at,
        took_s=None if last is None or end is None else _seconds(last, end.at),
        cost_usd=None if end is None or end.cost is None else float(end.cost),
        spent_usd=float(kept.spent),
        budget_usd=float(kept.budget),
        candidates=candidates,
    )


def _seconds(last: AiRecord, ended: datetime) -> float:
    return round((ended - last.question.asked_at).total_seconds(), 3)


def _state(kept: Kept, scene: Scene) -> tuple[CandidateState, str]:
    if scene.why_not:
        return CandidateState.NOT_CONFIGURED, scene.why_not
    last = kept.last
    under_way = last is not None and last.end is None
    if last is not None and not under_way and kept.spent + last.question.cost_max > kept.budget:
        left = f"{kept.spent:.4f} of {kept.budget:.2f} USD are spent or put aside today"
        return CandidateState.BUDGET_USED, f"{left}; asked again from {kept.resets_at:%H:%M} UTC"
    if last is None or last.end is None:
        return CandidateState.ACTIVE, scene.resting or "asked; no answer yet"
    if last.end.outcome is Outcome.ANSWERED:
        return CandidateState.ACTIVE, _joined(last.end.words, scene.resting)
    return CandidateState.ERROR, _joined(last.end.words, scene.resting)


def _joined(*words: str) -> str:
    return "; ".join(one for one in words if one)


def opinions(record: AiRecord) -> tuple[Opinion, ...]:
    """Return what was taken of an answer."""
    if record.end is None or not record.end.taken:
        return ()
    return msgspec.json.decode(record.end.taken, type=tuple[Opinion, ...])


def kept_text(taken: tuple[Opinion, ...]) -> str:
    """Return opinions as they are kept."""
    return msgspec.json.encode(taken).decode()


def next_expiry(kept: Kept, scene: Scene) -> datetime | None:
    """Return when the first of the opinions that hold expires."""
    moments = [
        expiry
        for record in kept.recent
        if opinions(record) and (expiry := _expiry(record, scene)) > scene.feed_at
    ]
    return min(moments, default=None)


def _expiry(record: AiRecord, scene: Scene) -> datetime:
    return _given(record) + scene.expires


def _given(record: AiRecord) -> datetime:
    return record.question.asked_at if record.end is None else record.end.at


def _candidates(
    recent: Iterable[AiRecord],
    scene: Scene,
    prices: Mapping[str, float],
    became: Mapping[str, Became],
) -> list[Candidate]:
    """Return what has not expired, the strongest first; a newer word on a symbol replaces its old."""
    found = {
        one.symbol: _candidate(one, record, scene, prices, became)
        for record in recent
        if _expiry(record, scene) > scene.feed_at
        for one in opinions(record)
    }
    return sorted(found.values(), key=lambda one: -one.score)


def _candidate(
    one: Opinion,
    record: AiRecord,
    scene: Scene,
    prices: Mapping[str, float],
    became: Mapping[str, Became],
) -> Candidate:
    given, later = _given(record), became.get(one.symbol)
    return Candidate(
        symbol=one.symbol,
        score=one.score,
        recommendation=Advice(one.recommendation),
        reason=one.reason,
        target_price=one.target_price,
        current_price=prices.get(one.symbol, one.price),
        expected_return=one.expected_return,
        risk_level=one.risk_level,
        confidence=one.confidence,
        time_horizon=f"{HORIZON_MIN}min",
        cited=one.cited,
        became=_NOT_YET if later is None or later.at < given else later.words,
        generated_at=given,
        expires_at=given + scene.expires,
    )


def became_of(cycle: CycleReport) -> dict[str, Became]:
    """Return what a cycle made of each symbol it looked at."""
    return {row.symbol: Became(cycle.slot, _became(row)) for row in cycle.rows}


def _became(row: CycleRow) -> str:
    match row.ended_at:
        case Stage.ORDER:
            return row.order
        case Stage.RISK:
            return f"stopped: {row.risk}"
        case Stage.SIGNAL:
            return f"no signal: {row.signal}"
        case Stage.CANDIDATE:
            return row.candidate
