"""Scores what was claimed when it can be seen, and tells what every model has shown.

It runs beside the jobs, begun whenever bars were stored: no prediction and no cycle waits for it.
Several workers may begin it; one at a time does it, and doing it twice changes nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from msgspec.structs import replace as with_fields

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import ContractError, DisconnectedError, InvalidMessageError
from qt_trade.contract.payloads.intelligence import MlScorecard
from qt_trade.intelligence.baseline import MODEL as BASELINE
from qt_trade.intelligence.scoring.scoring import Score
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import NEW_YORK, Sessions
from qt_trade.model.claims import AI_PREFIX
from qt_trade.model.models import ModelRecord
from qt_trade.model.predictions import HORIZONS_MIN
from qt_trade.model.tallies import Track
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.kept_documents import KeptDocuments
from qt_trade.roles.rhythm import current_boundary
from qt_trade.roles.worker.scoring.naive import NaiveForecaster
from qt_trade.roles.worker.scoring.scorecard import (
    CardFacts,
    CardMoment,
    Scored,
    card,
    leading,
    scores_of,
)
from qt_trade.roles.worker.scoring.settling import Settled, Settling, SettlingParts
from qt_trade.settings import Settings
from qt_trade.storage.claims import ClaimCounts
from qt_trade.storage.errors import StorageError, UnreachableError
from qt_trade.storage.tracks import Judged

LOOKED_BACK = timedelta(days=90)
"""What a model did before counts no more: markets change, and so do the models."""
QUARTER = timedelta(minutes=15)
READING_LONG_S = 1.0
READING_SHARE = 0.05
"""Where reading the scores takes longer than that, it may take no more than this of all time."""

Scores = Mapping[Scored, Score]


@dataclass(frozen=True, slots=True)
class ScoringParts:
    """What scoring works with."""

    bus: Bus
    store: wiring.MarketStore
    sessions: Sessions
    feed_time: FeedTime
    wall: Clock
    settings: Settings


@dataclass(frozen=True, slots=True)
class _Shown:
    """What was read of the scores, and what it depended on."""

    key: tuple[object, ...]
    records: list[ModelRecord]
    tracks: list[Track]
    by_symbol: list[Track]
    counts: ClaimCounts
    begun_s: float
    took_s: float

    def fresh(self, key: tuple[object, ...], now_s: float) -> bool:
        """Whether it need not be read again, or not yet."""
        rests = self.took_s > READING_LONG_S and now_s - self.begun_s < self.took_s / READING_SHARE
        return self.key == key or rests


class Scoring:
    """Settles what is due and keeps the score-card."""

    def __init__(self, parts: ScoringParts) -> None:
        self._p = parts
        self._documents = KeptDocuments(parts.bus)
        self._settling = Settling(
            SettlingParts(
                parts.store.claims,
                parts.store.tracks,
                NaiveForecaster(lambda: parts.store.learning_bars(parts.sessions), parts.sessions),
                parts.sessions,
                parts.settings.intelligence.cost_bp,
            )
        )
        self._running: asyncio.Task[None] | None = None
        self._last: _Shown | None = None
        self._log = get_logger()

    def begin(self) -> None:
        """Begin a round unless one is under way; nobody waits for it."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._round())

    async def score(self) -> Settled | None:
        """Settle what is due and write the card if it has changed; None: another worker is at it.

        Raises DisconnectedError, UnreachableError.
        """
        now = self._p.feed_time.clock.now()
        async with self._p.store.claims.settling() as alone:
            if not alone:
                return None
            settled = await self._settling.settle(now)
            await self._publish(now)
        return settled

    async def scores(self, now: datetime) -> Scores:
        """Return what every model in use or in shadow has shown by a feed time, with all others.

        Raises UnreachableError.
        """
        shown = await self._shown(now)
        return scores_of(shown.tracks, self._p.settings.intelligence.cases_needed)

    async def close(self) -> None:
        """Give up the round that runs: all of it may be done again."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._documents.close()

    async def _round(self) -> None:
        try:
            settled = await self.score()
        except (DisconnectedError, UnreachableError) as away:
            # The next bars that are stored begin another round.
            self._log.warning("scoring.waits", words=str(away))
            return
        except (ContractError, StorageError) as refused:
            self._log.exception("scoring.failed", words=str(refused))
            return
        if settled is not None and settled != Settled():
            self._log.info(
                "scoring.done",
                scored=settled.scored,
                given_up=settled.given_up,
                waiting=settled.waiting,
            )

    async def _records(self, now: datetime) -> list[ModelRecord]:
        models = self._p.store.models
        found = [await models.in_use(horizon_min, until=now) for horizon_min in HORIZONS_MIN]
        return [*(one for one in found if one is not None), *await models.shadows(until=now)]

    async def _shown(self, now: datetime) -> _Shown:
        """Return what was shown; read anew when something was scored, or a horizon has passed."""
        records, counts = await self._records(now), await self._p.store.claims.counts()
        key = (counts.scored, current_boundary(now, QUARTER), tuple(records))
        begun_s = asyncio.get_running_loop().time()
        if self._last is None or not self._last.fresh(key, begun_s):
            models = [BASELINE, *(one.model_id for one in records)]
            since = (now - LOOKED_BACK).astimezone(NEW_YORK).date()
            judged = Judged(models, AI_PREFIX, since, now)
            leads = sorted({model_id for model_id, _ in leading(records)})
            tracks = await self._p.store.tracks.tracks(judged)
            by_symbol = await self._p.store.tracks.by_symbol(
                replace(judged, models=leads, prefix="")
            )
            took_s = asyncio.get_running_loop().time() - begun_s
            self._last = _Shown(key, records, tracks, by_symbol, counts, begun_s, took_s)
        return replace(self._last, records=records, counts=counts)

    async def _publish(self, now: datetime) -> None:
        status = self._p.feed_time.status
        if status is None:
            return
        shown = await self._shown(now)
        facts = CardFacts(
            records=shown.records,
            tracks=shown.tracks,
            by_symbol=shown.by_symbol,
            counts=shown.counts,
            cases_needed=self._p.settings.intelligence.cases_needed,
        )
        moment = CardMoment(self._p.wall.now(), now, status.feed, status.run_id)
        document = card(facts, moment)
        if not _same(await self._written(), document):
            await self._documents.write(registry.ML_SCORECARD, document)
            # Noted here as well, the chain's end shows later whether any of it was cut off.
            self._log.info(
                "scorecard.written",
                sealed=document.sealed,
                scored=document.scored,
                head=document.head,
            )

    async def _written(self) -> MlScorecard | None:
        try:
            found = await self._p.bus.read(registry.ML_SCORECARD)
        except InvalidMessageError:
            return None
        return None if found is None else found.value


def _same(written: MlScorecard | None, document: MlScorecard) -> bool:
    """Whether a card says the same, whenever it was written."""
    if written is None:
        return False
    return with_fields(written, ts=document.ts, feed_ts=document.feed_ts) == document
