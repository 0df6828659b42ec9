"""Where each feed stands: its lap, the paper account of that lap, how far its time has come."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from qt_trade.model.feeds import FeedKind
from qt_trade.storage.database import Database
from qt_trade.storage.tables import FEED_RUNS

_WITHOUT_LAPS = frozenset({FeedKind.REAL_TIME, FeedKind.DELAYED})


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run is to play. ``resume_at``: the feed time to go on from; None: the beginning."""

    lap: int
    account: str
    resume_at: datetime | None


class FeedRuns:
    """The laps of all feeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan(self, source_key: str, feed: FeedKind, *, restart: bool) -> RunRecord:
        """Go on with a feed's lap, or begin the next if it ended or ``restart`` is wanted.

        Real time has no laps: one account for ever, and nothing to resume.
        """
        async with self._database.transaction() as connection:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
                {"key": f"qtrade.feed_runs {source_key}"},
            )
            last = (await connection.execute(_last_lap(source_key))).one_or_none()
            if feed in _WITHOUT_LAPS:
                account = f"paper:{source_key}"
                await _begin(connection, source_key, 1, feed, account)
                return RunRecord(1, account, None)
            if last is not None and not (last.ended or restart):
                return RunRecord(last.lap, last.account, _utc(last.feed_at))
            lap = 1 if last is None else last.lap + 1
            account = f"paper:{source_key}:{lap}"
            await _begin(connection, source_key, lap, feed, account)
            return RunRecord(lap, account, None)

    async def progress(self, account: str, feed_at: datetime, *, ended: bool) -> None:
        """Note how far feed time has come on an account's lap; it never goes back.

        ``ended``: the recording was played to its end. Raises LookupError for an account that
        was never planned.
        """
        moved = (
            update(FEED_RUNS)
            .where(FEED_RUNS.c.account == account)
            .values(
                feed_at=func.greatest(FEED_RUNS.c.feed_at, feed_at),
                ended=FEED_RUNS.c.ended | literal(ended),
            )
        )
        async with self._database.transaction() as connection:
            if (await connection.execute(moved)).rowcount == 0:
                raise LookupError(f"no feed was planned on the account {account!r}")

    async def source_of(self, account: str, feed: FeedKind) -> str:
        """Return the key of the feed that is played on an account.

        The account of a broker elsewhere is of no run: then that of the only feed of this kind.
        Raises LookupError when there is none, or more than one.
        """
        runs = select(FEED_RUNS.c.source_key).distinct()
        kind = FeedKind.REAL_TIME if feed in _WITHOUT_LAPS else feed
        async with self._database.transaction() as connection:
            for which in (FEED_RUNS.c.account == account, FEED_RUNS.c.feed == kind.value):
                found = (await connection.execute(runs.where(which))).scalars().all()
                if len(found) == 1:
                    return str(found[0])
        raise LookupError(f"the database knows no feed that is played on the account {account!r}")


async def _begin(
    connection: AsyncConnection, source_key: str, lap: int, feed: FeedKind, account: str
) -> None:
    begun = insert(FEED_RUNS).values(
        source_key=source_key, lap=lap, feed=feed.value, account=account, ended=False
    )
    await connection.execute(begun.on_conflict_do_nothing())


def _last_lap(source_key: str) -> Select[tuple[int, str, datetime | None, bool]]:
    return (
        select(FEED_RUNS.c.lap, FEED_RUNS.c.account, FEED_RUNS.c.feed_at, FEED_RUNS.c.ended)
        .where(FEED_RUNS.c.source_key == source_key)
        .order_by(FEED_RUNS.c.lap.desc())
        .limit(1)
    )


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
