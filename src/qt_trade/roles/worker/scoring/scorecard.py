"""``backend:ml_scorecard``: from what models have shown to the document that shows it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from qt_trade.contract.payloads.intelligence import (
    Calibration,
    Interval,
    MlScorecard,
    ScoreLine,
    SymbolScore,
)
from qt_trade.intelligence.baseline import MODEL as BASELINE
from qt_trade.intelligence.scoring.scoring import NAIVE, Score, score
from qt_trade.market.calendar import NEW_YORK
from qt_trade.model.claims import AI_PREFIX
from qt_trade.model.feeds import FeedKind
from qt_trade.model.models import ModelRecord
from qt_trade.model.predictions import HORIZONS_MIN
from qt_trade.model.scores import Estimate, ModelState
from qt_trade.model.tallies import Track
from qt_trade.roles.worker.payloads import SOURCE
from qt_trade.storage.claims import ClaimCounts

Scored = tuple[str, int]
"""Whose score it is: model and horizon."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the card: who it is about."""

    model_id: str
    model: str
    version: str
    horizon_min: int
    state: ModelState

    @property
    def scored(self) -> Scored:
        """Under which its score is found."""
        return self.model_id, self.horizon_min


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card is made of. ``by_symbol``: single symbols' track records of who leads."""

    records: Sequence[ModelRecord]
    tracks: Sequence[Track]
    by_symbol: Sequence[Track]
    counts: ClaimCounts
    cases_needed: int


@dataclass(frozen=True, slots=True)
class CardMoment:
    """When, by both clocks, and in which run a card is written."""

    ts: datetime
    feed_ts: datetime
    feed: FeedKind
    run_id: str


def scores_of(tracks: Iterable[Track], cases_needed: int) -> dict[Scored, Score]:
    """Return the score of each track record."""
    return {(one.model_id, one.horizon_min): score(one, cases_needed) for one in tracks}


def leading(records: Iterable[ModelRecord]) -> set[Scored]:
    """Return who is believed at each horizon: the model in use, or the baseline."""
    used = {one.horizon_min: one.model_id for one in records if one.state is ModelState.IN_USE}
    return {(used.get(horizon_min, BASELINE), horizon_min) for horizon_min in HORIZONS_MIN}


def entries(records: Collection[ModelRecord], tracks: Iterable[Track]) -> list[Entry]:
    """Return who is on the card: models in use, those in shadow, the baseline, every AI.

    An AI's opinions are traded on as the strategy says, and never because of a score: it counts as
    in shadow.
    """
    models = [
        Entry(one.model_id, one.facts.family, one.version, one.horizon_min, one.state)
        for one in records
    ]
    leads = leading(records)
    baseline = [
        Entry(
            BASELINE,
            BASELINE,
            "",
            horizon_min,
            ModelState.IN_USE if (BASELINE, horizon_min) in leads else ModelState.SHADOW,
        )
        for horizon_min in HORIZONS_MIN
    ]
    opinions = [
        Entry(
            one.model_id,
            one.model_id.removeprefix(AI_PREFIX),
            "",
            one.horizon_min,
            ModelState.SHADOW,
        )
        for one in tracks
        if one.model_id.startswith(AI_PREFIX)
    ]
    models.sort(key=lambda one: (one.state is not ModelState.IN_USE, one.horizon_min))
    return [*models, *baseline, *opinions]


def card(facts: CardFacts, moment: CardMoment) -> MlScorecard:
    """Return the document."""
    found = scores_of(facts.tracks, facts.cases_needed)
    listed = entries(facts.records, facts.tracks)
    leads = leading(facts.records)
    days = [day for track in facts.tracks for day in track.sessions]
    return MlScorecard(
        ts=moment.ts,
        source=SOURCE,
        feed=moment.feed,
        run_id=moment.run_id,
        feed_ts=moment.feed_ts,
        since=_begins(min(days)) if days else None,
        naive=NAIVE,
        lines=tuple(_line(one, found, facts.cases_needed) for one in listed),
        symbols=tuple(
            _symbol(track, score(track, facts.cases_needed))
            for track in facts.by_symbol
            if (track.model_id, track.horizon_min) in leads
        ),
        sealed=facts.counts.sealed,
        scored=facts.counts.scored,
        head=facts.counts.head.hex(),
    )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK)


def _line(entry: Entry, found: Mapping[Scored, Score], needed: int) -> ScoreLine:
    told = found.get(entry.scored)
    if told is None:
        told = score(Track(entry.model_id, entry.horizon_min, {}, {}), needed)
    return ScoreLine(
        model_id=entry.model_id,
        model=entry.model,
        version=entry.version,
        horizon_min=entry.horizon_min,
        state=entry.state,
        hit_rate=told.hit_rate,
        naive_hit_rate=told.naive_hit_rate,
        difference=_interval(told.difference),
        verdict=told.verdict,
        cases=told.cases,
        cases_needed=needed,
        brier=told.brier,
        coverage=_interval(told.coverage),
        pinball=told.pinball_bp,
        information_coefficient=_interval(told.information_coefficient),
        edge_bp=_interval(told.edge_bp),
        calibration=tuple(
            Calibration(
                said=point.said,
                right=Interval(value=point.right.value, low=point.right.low, high=point.right.high),
                cases=point.cases,
            )
            for point in told.calibration
        ),
        words=told.words,
    )


def _symbol(track: Track, told: Score) -> SymbolScore:
    return SymbolScore(
        symbol=track.symbol,
        model_id=track.model_id,
        horizon_min=track.horizon_min,
        cases=told.cases,
        hit_rate=told.hit_rate,
        difference=_interval(told.difference),
        verdict=told.verdict,
        brier=told.brier,
        coverage=_interval(told.coverage),
        pinball=told.pinball_bp,
        information_coefficient=_interval(told.information_coefficient),
        edge_bp=_interval(told.edge_bp),
        words=told.words,
    )


def _interval(told: Estimate | None) -> Interval | None:
    return None if told is None else Interval(value=told.value, low=told.low, high=told.high)
