"""``backend:grok_candidates``, made wholly from what is kept of questions and answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from qt_trade.contract.payloads.signals import Candidate, CandidateState, GrokCandidates
from qt_trade.contract.payloads.signals import Recommendation as Advice
from qt_trade.intelligence.candidates.checking import Opinion
from qt_trade.intelligence.candidates.facts import HORIZON_MIN
from qt_trade.model.ai_answers import AiLine, AiStanding, Outcome
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.worker.ai.happened import Became, Happened
from qt_trade.roles.worker.payloads import SOURCE

FAILED_MAX = 3
"""So many slots in a row without an answer need a person; one alone is nobody's trouble."""
WORDS_MAX = 1000
NOT_HELD = "not held"
_NOT_YET = "no cycle has looked at it yet"
_NO_CYCLE = "no cycle looked at it"
_DOWN = ("SELL", "STRONG_SELL")
_ACTIONS = {
    Outcome.KEY_REFUSED: "Set a key that it accepts as QTRADE_AI__KEY and start again.",
    Outcome.OUT_OF_CREDIT: "Give the AI's account money, or a higher limit of spending.",
    Outcome.REJECTED: "See whether QTRADE_AI__MODEL names a model of QTRADE_AI__BASE_URL.",
}
"""What a person has to do, and without whom it fails again."""


@dataclass(frozen=True, slots=True)
class Scene:
    """When, on what feed, and within which limits. Times by the wall, which real time is.

    ``why_not``: why nobody is asked in this run; ``resting``: why not at this moment. ``needed``:
    USD that must be left for a question, None: not known yet. ``resets_at``: when the budget is
    whole again. ``given_up``: so long after it was asked a question is dead. ``most``: candidates
    that are told; ``held``: symbols of the account, None: not known.
    """

    wall: datetime
    feed: FeedKind
    why_not: str
    resting: str
    needed: Decimal | None
    budget: Decimal
    day_from: datetime
    resets_at: datetime
    given_up: timedelta
    most: int
    held: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Word:
    """An opinion, whose answer it is of, and what came of it so far."""

    opinion: Opinion
    line: AiLine
    given: datetime
    expires: datetime
    became: Became | None


def document(
    standing: AiStanding, words: list[Word], scene: Scene, prices: Mapping[str, float]
) -> GrokCandidates:
    """Return the document. ``words``: all that were taken, oldest first; ``prices``: the newest."""
    state, told, action = _state(standing, scene)
    last = standing.last
    ended = None if last is None else last.ended_at
    return GrokCandidates(
        ts=scene.wall,
        source=SOURCE,
        feed=scene.feed,
        state=state,
        words=told[:WORDS_MAX],
        model=_answered_by(last, words),
        asked_at=None if last is None else last.asked_at,
        took_s=None if last is None or ended is None else _seconds(ended - last.asked_at),
        cost_usd=None if last is None or last.cost is None else float(last.cost),
        spent_usd=float(standing.spent),
        budget_usd=float(scene.budget),
        candidates=tuple(_candidate(one, scene, prices) for one in _shown(words, scene)),
        action=action,
    )


def _answered_by(last: AiLine | None, words: list[Word]) -> str:
    """Return who answered; after a question without an answer, whose opinions still hold."""
    newest = "" if last is None else last.answered_by
    return newest or (words[-1].line.answered_by if words else "")


def _seconds(took: timedelta) -> float:
    return round(took.total_seconds(), 3)


# -- how it stands -----------------------------------------------------------------------------


def _state(standing: AiStanding, scene: Scene) -> tuple[CandidateState, str, str]:
    """Return the state, why it is so, and what a person should do; in words."""
    if scene.why_not:
        return CandidateState.NOT_CONFIGURED, scene.why_not, ""
    last = standing.last
    if last is not None and last.ended_at is None and not is_dead(last, scene):
        return CandidateState.ACTIVE, "asked; no answer yet", ""
    short = _short(standing, scene)
    if short is not None:
        return CandidateState.BUDGET_USED, *short
    if last is None:
        return CandidateState.ACTIVE, scene.resting or "not asked yet", ""
    words = "; ".join(one for one in (_last_words(last), _limit(last, scene), scene.resting) if one)
    if last.outcome is Outcome.ANSWERED:
        return CandidateState.ACTIVE, words, ""
    return CandidateState.ERROR, words, _action(last.outcome, standing.failed)


def is_dead(last: AiLine, scene: Scene) -> bool:
    """Return whether a question will never end: whoever asked it is gone."""
    return last.ended_at is None and last.asked_at + scene.given_up <= scene.wall


def _short(standing: AiStanding, scene: Scene) -> tuple[str, str] | None:
    """Say that a question may cost more than is left, and what to do; None where it may not."""
    needed = scene.needed
    if needed is None:
        # This worker has had nothing to ask yet: another's question says it well enough.
        needed = Decimal(0) if standing.last is None else standing.last.cost_max
    if standing.spent + needed <= scene.budget:
        return None
    price = f"a question may cost {needed:.4f} USD"
    if needed > scene.budget:
        words = f"{price}, and the budget of a day is {scene.budget:.4f} USD: nobody is asked"
        return words, f"Set QTRADE_AI__BUDGET_USD to more than {needed:.4f} and start again."
    spent = f"{standing.spent:.4f} of {scene.budget:.2f} USD are spent or put aside today"
    words = f"{spent}, and {price}; asked again from {scene.resets_at:%H:%M} UTC"
    return words, "Wait until then, or set a higher QTRADE_AI__BUDGET_USD and start again."


def _last_words(last: AiLine) -> str:
    if last.ended_at is not None:
        return last.words
    return (
        f"who asked at {last.asked_at:%H:%M} UTC ended before an answer came; up to"
        f" {last.cost_max:.4f} USD stay counted, for it may be billed"
    )


def _limit(last: AiLine, scene: Scene) -> str:
    if last.not_before is None or last.not_before <= scene.wall:
        return ""
    return f"not asked again before {last.not_before:%d %b %H:%M} UTC"


def _action(outcome: Outcome, failed: int) -> str:
    if outcome in _ACTIONS:
        return _ACTIONS[outcome]
    if failed < FAILED_MAX:
        return ""
    return f"It has failed {failed} times in a row: see whether it works at QTRADE_AI__BASE_URL."


# -- opinions ----------------------------------------------------------------------------------


def opinions(line: AiLine) -> tuple[Opinion, ...]:
    """Return what was taken of an answer."""
    return msgspec.json.decode(line.taken, type=tuple[Opinion, ...]) if line.taken else ()


def kept_text(taken: tuple[Opinion, ...]) -> str:
    """Return opinions as they are kept."""
    return msgspec.json.encode(taken).decode()


def words_of(line: AiLine, happened: Happened) -> Iterator[Word]:
    """Yield the opinions of an answer with what came of each: what is kept, or newer news.

    An order counts before what a cycle says later.
    """
    if line.ended_at is None or line.expires_at is None:
        return
    kept = msgspec.json.decode(line.became or "{}", type=dict[str, Became])
    for one in opinions(line):
        found = happened.of(one.symbol, line.ended_at, line.expires_at)
        if one.symbol in kept:
            # Behind the news: of two steps at one moment the newer one is told.
            found = [*found, kept[one.symbol]]
        newest = max(found, key=lambda it: (it.ordered, it.at), default=None)
        yield Word(one, line, line.ended_at, line.expires_at, newest)


def became_text(words: list[Word]) -> str:
    """Return what came of an answer's opinions as it is kept."""
    became = {one.opinion.symbol: one.became for one in words if one.became is not None}
    return msgspec.json.encode(became).decode() if became else ""


def next_moment(standing: AiStanding, scene: Scene) -> datetime | None:
    """Return when the document will have to say something else without anything happening."""
    moments = [scene.resets_at, *(line.expires_at for line in standing.taken)]
    if standing.last is not None:
        moments.append(standing.last.not_before)
        if standing.last.ended_at is None:
            moments.append(standing.last.asked_at + scene.given_up)
    return min((one for one in moments if one is not None and one > scene.wall), default=None)


def _shown(words: list[Word], scene: Scene) -> list[Word]:
    """Return what holds, the strongest first, and behind it what expired today.

    A newer word on a symbol replaces its old.
    """
    newest = {one.opinion.symbol: one for one in words}
    holds = [one for one in newest.values() if one.expires > scene.wall]
    over = [
        one for one in newest.values() if one.expires <= scene.wall and one.given >= scene.day_from
    ]
    holds.sort(key=lambda one: -one.opinion.score)
    over.sort(key=lambda one: (one.expires, one.opinion.score), reverse=True)
    return [*holds, *over][: scene.most]


def _candidate(word: Word, scene: Scene, prices: Mapping[str, float]) -> Candidate:
    one = word.opinion
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
        became=_became(word, scene)[:WORDS_MAX],
        generated_at=word.given,
        expires_at=word.expires,
    )


def _became(word: Word, scene: Scene) -> str:
    became = word.became
    if became is not None and became.ordered:
        return became.words
    if word.expires <= scene.wall:
        return f"expired; {_NO_CYCLE if became is None else became.words}"
    falls = word.opinion.recommendation in _DOWN
    if falls and scene.held is not None and word.opinion.symbol not in scene.held:
        return NOT_HELD
    return _NOT_YET if became is None else became.words
