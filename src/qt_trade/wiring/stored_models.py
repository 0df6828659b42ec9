"""Stored models for a person's eyes: what made one say what it says, and how its edge came about."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from qt_trade.intelligence.features import WARM_UP_SESSIONS, features_at
from qt_trade.intelligence.learning import inference
from qt_trade.intelligence.learning.inference import Contribution, Expectation
from qt_trade.intelligence.learning.learnt import Learnt
from qt_trade.market.calendar import Sessions
from qt_trade.model.feeds import FeedKind
from qt_trade.model.models import ModelRecord
from qt_trade.model.symbols import Symbol
from qt_trade.model.tallies import Track
from qt_trade.storage.database import Database
from qt_trade.storage.models import ModelStore
from qt_trade.storage.runs import FeedRuns
from qt_trade.storage.tracks import Judged, TrackStore
from qt_trade.wiring.learning_bars import LearningBars

LOOK_BACK = timedelta(days=2 * WARM_UP_SESSIONS)
"""More than enough days for so many sessions."""


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a model says something of a symbol at ``contribution.at``.

    ``expectation`` None: it says nothing, for the volatility is not known yet. ``values``: the
    features by name, None where history is missing.
    """

    record: ModelRecord
    expectation: Expectation | None
    contribution: Contribution
    values: Mapping[str, float | None]


class StoredModels:
    """The models of the feed that a run plays."""

    def __init__(self, database: Database, source_key: str, feed: FeedKind) -> None:
        self._database = database
        self._source_key = source_key
        self._models = ModelStore(database, source_key, feed)
        self._tracks = TrackStore(database, source_key)

    async def learnt(self, model_id: str) -> Learnt:
        """Return a model. Raises NoModelError, and DamagedModelError of both rooms."""
        return Learnt.from_bytes(await self._models.load(model_id))

    async def explain(
        self,
        model_id: str,
        symbol: Symbol,
        at: datetime,
        symbols: Collection[Symbol],
        sessions: Sessions,
    ) -> Explained | None:
        """Return why a model says something of a symbol at a moment, the end of a quarter.

        ``symbols``: those predicted with it, which its market and sector are made of. None: no bar
        of it ended then. Raises NoModelError, StorageError, DamagedModelError of both rooms.
        """
        record, learnt = await self._models.get(model_id), await self.learnt(model_id)
        stored = LearningBars(self._database, self._source_key, sessions)
        bars = await stored.load({*symbols, symbol}, at - LOOK_BACK, at)
        rows = features_at(bars, [at]).filter(pl.col("symbol") == symbol)
        if rows.is_empty():
            return None
        expected = inference.expect(learnt, rows)
        return Explained(
            record,
            expected[0] if expected else None,
            inference.contributions(learnt, rows)[0],
            rows.select(learnt.features).row(0, named=True),
        )

    async def tracks(self, model_ids: Collection[str], until: datetime) -> Sequence[Track]:
        """Return what models did, session by session, of claims due by then. Raises StorageError."""
        return await self._tracks.tracks(Judged(model_ids, "", date.min, until))


@asynccontextmanager
async def stored_models(
    database_url: str, account: str, feed: FeedKind
) -> AsyncIterator[StoredModels]:
    """Open the models of a run. Raises StorageError, and LookupError when the run is not known."""
    database = Database(database_url, name="models", pool_size=1)
    try:
        yield StoredModels(database, await FeedRuns(database).source_of(account, feed), feed)
    finally:
        await database.close()
