"""What models have shown, summed up by the database: prices at a moment, and scores by session."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Row, text

from qt_trade.model.intervals import Interval
from qt_trade.model.symbols import Symbol
from qt_trade.model.tallies import CALIBRATION_EDGES, SUMS, BinTally, Tally, Track
from qt_trade.storage.database import Database

LOAD_TIMEOUT_S = 300.0

_Key = tuple[str, int, str]
"""Model, horizon, and symbol, which is empty where all are meant."""

_INTERVALS = [Interval.MIN_1.seconds, Interval.MIN_5.seconds, Interval.MIN_15.seconds]

# Of bars that end at the same moment the shortest counts: it says nothing else, and came first.
_CLOSES = """
SELECT DISTINCT ON (symbol) symbol, ends_at, close FROM (
    SELECT symbol, interval_s, at + interval_s * interval '1 second' AS ends_at, close FROM bars
    WHERE source_key = :of AND symbol = ANY(:symbols) AND interval_s = ANY(:intervals)
      AND at > :since AND at < :until
) AS near
WHERE ends_at > :since_end AND ends_at <= :until
ORDER BY symbol, ends_at DESC, interval_s
"""

_SCORED = """
FROM claim_scores AS score JOIN claims AS claim ON claim.id = score.claim_id
WHERE score.source_key = :of AND score.session >= :since AND score.words = ''
  AND claim.due_at <= :until
  AND (claim.model_id = ANY(:models) OR (:prefix <> '' AND starts_with(claim.model_id, :prefix)))
"""
# In units of the claim's own band, so that a quiet share's moves count as much as a wild one's.
_UNIT = "coalesce((claim.high - claim.low) / claim.base_price, 1)"
# Equal ones share the middle of their places.
_RANK = """
    (rank() OVER (PARTITION BY {1} ORDER BY {0}) - 0.5e0
     + (count(*) OVER (PARTITION BY {1}, {0}) - 1) / 2e0)
    / count(*) OVER (PARTITION BY {1})
"""


def _tallies(symbol: str) -> str:
    """Return what sums up by model, horizon, session and ``symbol``, ranked within each of these."""
    of = "model_id, horizon_min, symbol"
    return f"""
WITH scored AS (
    SELECT claim.model_id, claim.horizon_min, {symbol} AS symbol, score.*,
           coalesce(claim.expected_return, claim.prob_up - 0.5) / {_UNIT} AS forecast,
           score.realised / {_UNIT} AS came
    {_SCORED}
), ranked AS (
    SELECT *, {_RANK.format("forecast", of)} AS x, {_RANK.format("came", of)} AS y FROM scored
)
SELECT model_id, horizon_min, session, symbol,
       count(hit) AS cases, sum(hit) AS hits, sum(naive_hit) AS naive_hits, sum(brier) AS brier,
       count(covered) AS banded, count(*) FILTER (WHERE covered) AS covered,
       count(pinball_bp) AS quantiled, sum(pinball_bp) AS pinball_bp,
       count(edge_bp) AS acted, sum(edge_bp) AS edge_bp,
       count(*) AS paired, sum(x) AS x, sum(y) AS y, sum(x * x) AS xx, sum(y * y) AS yy,
       sum(x * y) AS xy
FROM ranked GROUP BY 1, 2, 3, 4
"""  # noqa: S608  # our own words


_OF_ALL = _tallies("''")
_OF_EACH = _tallies("claim.symbol")
_BINS = f"""
SELECT claim.model_id, claim.horizon_min, score.session, '' AS symbol,
       width_bucket(greatest(claim.prob_up, 1 - claim.prob_up), CAST(:edges AS float8[])) AS bin,
       count(*) AS cases, sum(greatest(claim.prob_up, 1 - claim.prob_up)) AS said,
       sum(score.hit) AS right_ones
{_SCORED} AND score.hit IS NOT NULL GROUP BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True, slots=True)
class Close:
    """The price of the last trade before ``ends_at``, when its bar ended."""

    ends_at: datetime
    price: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Whose scores are wanted: these models', and those of which the id begins with ``prefix``.

    An empty prefix is that of none.
    Of sessions from ``since`` on, and of claims that were due by ``until`` (feed time): an earlier
    lap of a replay may have scored what is still to come.
    """

    models: Collection[str]
    prefix: str
    since: date
    until: datetime


class TrackStore:
    """The prices and scores of one feed."""

    def __init__(self, database: Database, source_key: str) -> None:
        self._database = database
        self._source_key = source_key

    async def closes(
        self, symbols: Collection[Symbol], at: datetime, within: timedelta
    ) -> dict[Symbol, Close]:
        """Return the closes of the last bars that ended at a moment, or ``within`` before it.

        A symbol without any is missing. Raises UnreachableError.
        """
        given = {
            "of": self._source_key,
            "symbols": sorted(symbols),
            "intervals": _INTERVALS,
            "since": at - within - timedelta(seconds=max(_INTERVALS)),
            "since_end": at - within,
            "until": at,
        }
        async with self._database.transaction() as connection:
            rows = (await connection.execute(text(_CLOSES), given)).all()
        return {Symbol(row[0]): Close(row[1].astimezone(UTC), row[2]) for row in rows}

    async def tracks(self, judged: Judged) -> list[Track]:
        """Return what each model did at each horizon. Raises UnreachableError."""
        tracks = await self._tracks(_OF_ALL, judged)
        for row in await self._rows(_BINS, judged, edges=list(CALIBRATION_EDGES)):
            one = BinTally(row.bin, float(row.cases), row.said, row.right_ones)
            _track(tracks, row).bins.setdefault(row.session, []).append(one)
        return [tracks[key] for key in sorted(tracks)]

    async def by_symbol(self, judged: Judged) -> list[Track]:
        """Return what each model did at each horizon with each symbol alone, without bins.

        Raises UnreachableError.
        """
        tracks = await self._tracks(_OF_EACH, judged)
        return [tracks[key] for key in sorted(tracks)]

    async def _tracks(self, statement: str, judged: Judged) -> dict[_Key, Track]:
        tracks: dict[_Key, Track] = {}
        for row in await self._rows(statement, judged):
            sums = {name: float(getattr(row, name) or 0.0) for name in SUMS}
            _track(tracks, row).sessions[row.session] = Tally(**sums)
        return tracks

    async def _rows(
        self, statement: str, judged: Judged, **more: object
    ) -> Sequence[Row[tuple[object, ...]]]:
        given = {
            "of": self._source_key,
            "models": sorted(judged.models),
            "prefix": judged.prefix,
            "since": judged.since,
            "until": judged.until,
        }
        async with self._database.transaction(answer_timeout_s=LOAD_TIMEOUT_S) as connection:
            return (await connection.execute(text(statement), given | more)).all()


def _track(tracks: dict[_Key, Track], row: Row[tuple[object, ...]]) -> Track:
    key = (row.model_id, row.horizon_min, row.symbol)
    return tracks.setdefault(key, Track(row.model_id, row.horizon_min, {}, {}, row.symbol))
