"""What models claimed, in the order in which they said it: a chain of hashes for each feed."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, RowMapping, Select, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from qt_trade.model.claims import Claim, ClaimScore
from qt_trade.model.symbols import Symbol
from qt_trade.storage.chain import GENESIS, digest, moment
from qt_trade.storage.database import Database
from qt_trade.storage.intelligence_tables import CLAIM_SCORES, CLAIMS, OPEN_CLAIMS

DUE_MAX = 5000
"""How many claims are settled at once; more wait for the next round."""
STORE_TIMEOUT_S = 60.0
SETTLING_S = 600.0
"""How long settling may take at most, while others leave it alone."""
_PAGE = 2000

_Key = tuple[str, str, datetime, int]
"""What a claim is the only one of in its feed: model, symbol, moment, horizon."""


@dataclass(frozen=True, slots=True)
class RefusedClaim:
    """A claim that comes too late to be one, and why, in words."""

    claim: Claim
    words: str


@dataclass(frozen=True, slots=True)
class Sealing:
    """What became of claims. ``known``: how many had been sealed before; those stay as they were."""

    sealed: int
    known: int
    refused: tuple[RefusedClaim, ...]


@dataclass(frozen=True, slots=True)
class SealedClaim:
    """A claim with its place in the chain and the feed time at which it was sealed."""

    claim_id: int
    claim: Claim
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class SettledClaim:
    """A sealed claim and what came of it; ``score`` None: that is not known yet."""

    sealed: SealedClaim
    score: ClaimScore | None


@dataclass(frozen=True, slots=True)
class ClaimCounts:
    """How many claims a feed has sealed and scored. ``head``: the hash of the newest."""

    sealed: int
    scored: int
    head: bytes


@dataclass(frozen=True, slots=True)
class NotedEnd:
    """What somebody noted elsewhere of a chain: so many claims had this head."""

    claims: int
    head: bytes


@dataclass(frozen=True, slots=True)
class SealCheck:
    """What recomputing the chain found.

    ``broken_at``: the id of the first claim that is not what was sealed, or does not follow the one
    before; None when all is well. ``claims`` and ``head``: how many were good, and the hash of the
    last of them. Noted elsewhere, they show whether the newest were cut off later, which a chain
    alone cannot. ``noted``: whether it is the chain that was noted; None where nothing was asked.
    """

    claims: int
    head: bytes
    broken_at: int | None
    noted: bool | None = None


class ClaimStore:
    """The claims of one feed."""

    def __init__(self, database: Database, source_key: str) -> None:
        self._database = database
        self._source_key = source_key

    async def seal(self, claims: Iterable[Claim], *, now: datetime) -> Sealing:
        """Append what is new to the feed's chain, all or none of it; ``now``: feed time.

        A claim of the same model, symbol, moment and horizon stays as it was first made. Refused:
        what is due already, and what its model had seen in training. Raises UnreachableError,
        UncertainError (sealing once more changes nothing), InvalidValueError.
        """
        wanted = {_key(claim): claim for claim in reversed(list(claims))}
        refused = {key: words for key, claim in wanted.items() if (words := _too_late(claim, now))}
        timely = {key: claim for key, claim in reversed(wanted.items()) if key not in refused}
        new: list[Claim] = []
        if timely:
            async with self._database.transaction(answer_timeout_s=STORE_TIMEOUT_S) as connection:
                await self._lock(connection, "claims")
                known = await self._known(connection, timely)
                new = [claim for key, claim in timely.items() if key not in known]
                await self._append(connection, new, now)
        return Sealing(
            sealed=len(new),
            known=len(timely) - len(new),
            refused=tuple(RefusedClaim(wanted[key], words) for key, words in refused.items()),
        )

    async def due(
        self, until: datetime, *, after: SealedClaim | None = None, limit: int = DUE_MAX
    ) -> list[SealedClaim]:
        """Return the claims that are due by ``until`` (feed time) and not settled, oldest first.

        ``after``: only those behind this one, which may have to wait for its price.
        """
        place = (OPEN_CLAIMS.c.due_at, OPEN_CLAIMS.c.claim_id)
        wanted = (
            select(CLAIMS)
            .join(OPEN_CLAIMS, OPEN_CLAIMS.c.claim_id == CLAIMS.c.id)
            .where(OPEN_CLAIMS.c.source_key == self._source_key, OPEN_CLAIMS.c.due_at <= until)
            .order_by(*place)
            .limit(limit)
        )
        if after is not None:
            wanted = wanted.where(tuple_(*place) > tuple_(after.claim.due_at, after.claim_id))
        async with self._database.transaction() as connection:
            return [_sealed(row) for row in (await connection.execute(wanted)).all()]

    @asynccontextmanager
    async def settling(self) -> AsyncGenerator[bool]:
        """Tell whether nobody else settles this feed's claims now, and keep others out if so."""
        taken = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))")
        key = {"key": f"qtrade.settling {self._source_key}"}
        async with self._database.transaction(answer_timeout_s=SETTLING_S) as connection:
            yield bool((await connection.execute(taken, key)).scalar_one())

    async def settle(self, scores: Sequence[ClaimScore]) -> int:
        """Store scores, durably; return how many were new. A claim is settled once and for ever."""
        if not scores:
            return 0
        async with self._database.transaction(answer_timeout_s=STORE_TIMEOUT_S) as connection:
            # One after the other, so that scores become visible in the order of their numbers.
            await self._lock(connection, "scores")
            given = {"of": self._source_key, "scores": _json([asdict(one) for one in scores])}
            return (await connection.execute(text(_SETTLE), given)).rowcount

    async def settled(
        self, model_id: str, *, since: datetime, until: datetime
    ) -> list[SettledClaim]:
        """Return a model's claims about ``since`` <= moment <= ``until`` and what came of them."""
        scores = [CLAIM_SCORES.c[name] for name in _SCORE]
        wanted = (
            select(CLAIMS, *scores)
            .outerjoin(CLAIM_SCORES, CLAIM_SCORES.c.claim_id == CLAIMS.c.id)
            .where(
                CLAIMS.c.source_key == self._source_key,
                CLAIMS.c.model_id == model_id,
                CLAIMS.c.at.between(since, until),
            )
            .order_by(CLAIMS.c.at, CLAIMS.c.id)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        return [SettledClaim(_sealed(row), _score(row)) for row in rows]

    async def counts(self) -> ClaimCounts:
        """Return how long the chain is, how much of it is settled with a score, and its end."""
        sealed = select(func.count()).where(CLAIMS.c.source_key == self._source_key)
        scored = select(func.count()).where(
            CLAIM_SCORES.c.source_key == self._source_key, CLAIM_SCORES.c.words == ""
        )
        # One statement sees one moment: the end belongs to the count.
        asked = select(*(one.scalar_subquery() for one in (sealed, scored, self._newest())))
        async with self._database.transaction() as connection:
            row = (await connection.execute(asked)).one()
        return ClaimCounts(row[0], row[1], GENESIS if row[2] is None else row[2])

    async def verify(self, noted: NotedEnd | None = None) -> SealCheck:
        """Compute every hash anew and compare, with what was ``noted`` of it earlier, too."""
        claims, head = 0, GENESIS
        asked = noted is not None
        same = asked and noted == NotedEnd(claims, head)
        async for row in self._rows():
            expected = digest(head, _fields(row))
            if row["prev_hash"] != head or row["hash"] != expected:
                return SealCheck(claims, head, row["id"], same if asked else None)
            claims, head = claims + 1, expected
            same = same or noted == NotedEnd(claims, head)
        return SealCheck(claims, head, None, same if asked else None)

    async def _rows(self) -> AsyncGenerator[RowMapping]:
        page = select(CLAIMS).where(CLAIMS.c.source_key == self._source_key).order_by(CLAIMS.c.id)
        after = 0
        while True:
            async with self._database.transaction() as connection:
                wanted = page.where(CLAIMS.c.id > after).limit(_PAGE)
                rows = (await connection.execute(wanted)).mappings().all()
            for row in rows:
                yield row
            if len(rows) < _PAGE:
                return
            after = rows[-1]["id"]

    async def _lock(self, connection: AsyncConnection, what: str) -> None:
        """Let others of this feed wait until this transaction has ended."""
        key = {"key": f"qtrade.{what} {self._source_key}"}
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key
        )

    async def _head(self, connection: AsyncConnection) -> bytes:
        found = (await connection.execute(self._newest())).scalar_one_or_none()
        return GENESIS if found is None else found

    def _newest(self) -> Select[bytes]:
        """Return what asks for the chain's last hash."""
        return (
            select(CLAIMS.c.hash)
            .where(CLAIMS.c.source_key == self._source_key)
            .order_by(CLAIMS.c.id.desc())
            .limit(1)
        )

    async def _known(self, connection: AsyncConnection, keys: Iterable[_Key]) -> set[_Key]:
        asked = [
            {"model_id": model_id, "symbol": symbol, "at": at, "horizon_min": horizon_min}
            for model_id, symbol, at, horizon_min in keys
        ]
        given = {"of": self._source_key, "keys": _json(asked)}
        rows = (await connection.execute(text(_KNOWN), given)).all()
        return {(row[0], row[1], row[2].astimezone(UTC), row[3]) for row in rows}

    async def _append(
        self, connection: AsyncConnection, claims: Sequence[Claim], now: datetime
    ) -> None:
        head = await self._head(connection)
        rows: list[dict[str, object]] = []
        for claim in claims:
            row = _row(claim) | {"source_key": self._source_key, "sealed_at": now}
            sealed = digest(head, _fields(row))
            rows.append(row | {"prev_hash": head.hex(), "hash": sealed.hex()})
            head = sealed
        given = {"of": self._source_key, "now": now, "claims": _json(rows)}
        await connection.execute(text(_SEAL), given)


async def claimed_feeds(database: Database) -> list[str]:
    """Return the feeds of which claims are sealed, by name."""
    wanted = select(CLAIMS.c.source_key).distinct().order_by(CLAIMS.c.source_key)
    async with database.transaction() as connection:
        return list((await connection.execute(wanted)).scalars())


_SCORE = (
    "claim_id", "session", "settled_at", "outcome_price", "realised", "hit", "naive_hit", "brier",
    "pinball_bp", "covered", "edge_bp", "words",
)  # fmt: skip

_KNOWN = """
SELECT model_id, symbol, at, horizon_min FROM claims
JOIN json_to_recordset(CAST(:keys AS json))
    AS wanted (model_id text, symbol text, at timestamptz, horizon_min smallint)
    USING (model_id, symbol, at, horizon_min)
WHERE source_key = :of
"""
_SEAL = """
WITH sealed AS (
    INSERT INTO claims (source_key, model_id, symbol, at, horizon_min, due_at, sealed_at,
                        base_price, prob_up, expected_return, low, high, levels, prices,
                        learnt_until, prev_hash, hash)
    SELECT :of, model_id, symbol, at, horizon_min, due_at, :now, base_price, prob_up,
           expected_return, low, high, levels, prices, learnt_until,
           decode(prev_hash, 'hex'), decode(hash, 'hex')
    FROM ROWS FROM (json_to_recordset(CAST(:claims AS json)) AS (
        model_id text, symbol text, at timestamptz, horizon_min smallint, due_at timestamptz,
        base_price float8, prob_up float8, expected_return float8, low float8, high float8,
        levels float8[], prices float8[], learnt_until timestamptz, prev_hash text, hash text
    )) WITH ORDINALITY ORDER BY ordinality
    RETURNING id, due_at
)
INSERT INTO open_claims (claim_id, source_key, due_at) SELECT id, :of, due_at FROM sealed
"""
_SETTLE = """
WITH given AS (
    SELECT * FROM json_to_recordset(CAST(:scores AS json)) AS given (
        claim_id bigint, session date, settled_at timestamptz, outcome_price float8,
        realised float8, hit float8, naive_hit float8, brier float8, pinball_bp float8,
        covered boolean, edge_bp float8, words text)
), closed AS (
    DELETE FROM open_claims USING given
    WHERE open_claims.claim_id = given.claim_id AND source_key = :of
    RETURNING open_claims.claim_id
)
INSERT INTO claim_scores (claim_id, source_key, session, settled_at, outcome_price, realised, hit,
                          naive_hit, brier, pinball_bp, covered, edge_bp, words)
SELECT claim_id, :of, session, settled_at, outcome_price, realised, hit, naive_hit, brier,
       pinball_bp, covered, edge_bp, words
FROM given JOIN closed USING (claim_id) ORDER BY claim_id
"""


def _json(rows: list[dict[str, object]]) -> str:
    # One document for all of them; its floats come back to the last bit.
    return msgspec.json.encode(rows).decode()


def _key(claim: Claim) -> _Key:
    return claim.model_id, claim.symbol, claim.at.astimezone(UTC), claim.horizon_min


def _row(claim: Claim) -> dict[str, object]:
    row = asdict(claim) | {"due_at": claim.due_at}
    quantiles = row.pop("quantiles")
    row["levels"] = [level for level, _ in quantiles]
    row["prices"] = [price for _, price in quantiles]
    return row


def _too_late(claim: Claim, now: datetime) -> str:
    if claim.due_at <= now:
        return f"it was due at {claim.due_at:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M}"
    if claim.learnt_until is not None and claim.learnt_until > claim.at:
        return f"its model has learnt from bars up to {claim.learnt_until:%Y-%m-%d %H:%M} UTC"
    return ""


def _fields(row: RowMapping | Mapping[str, Any]) -> list[str | None]:
    """Return all that a seal is over, as stored; ``repr`` gives a float back to the last bit."""
    moments = (row["at"], row["due_at"], row["sealed_at"], row["learnt_until"])
    figures = [row[name] for name in ("base_price", "prob_up", "expected_return", "low", "high")]
    return [
        row["source_key"],
        row["model_id"],
        row["symbol"],
        str(row["horizon_min"]),
        *(None if at is None else moment(at) for at in moments),
        *(None if figure is None else repr(float(figure)) for figure in figures),
        ",".join(repr(float(level)) for level in row["levels"]),
        ",".join(repr(float(price)) for price in row["prices"]),
    ]


def _sealed(row: Row[tuple[object, ...]]) -> SealedClaim:
    learnt_until = row.learnt_until
    claim = Claim(
        model_id=row.model_id,
        symbol=Symbol(row.symbol),
        at=row.at.astimezone(UTC),
        horizon_min=row.horizon_min,
        base_price=row.base_price,
        prob_up=row.prob_up,
        expected_return=row.expected_return,
        low=row.low,
        high=row.high,
        quantiles=tuple(zip(row.levels, row.prices, strict=True)),
        learnt_until=None if learnt_until is None else learnt_until.astimezone(UTC),
    )
    return SealedClaim(row.id, claim, row.sealed_at.astimezone(UTC))


def _score(row: Row[tuple[object, ...]]) -> ClaimScore | None:
    if row.claim_id is None:
        return None
    fields = {name: getattr(row, name) for name in _SCORE}
    return ClaimScore(**fields | {"settled_at": row.settled_at.astimezone(UTC)})
