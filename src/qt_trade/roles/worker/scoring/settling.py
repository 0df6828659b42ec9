"""Holds claims against what came of them, when their horizons have passed.

The outcome is the close of the bar that ends at that moment, raw: no horizon that is scored reaches
beyond its session, and no split lies within one. Where a price is missing the last one before it
serves, if it is not too old; a backfill may still bring it, so that a day passes before a claim is
given up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby

from qt_trade.intelligence.scoring.outcomes import outcome
from qt_trade.market.calendar import NEW_YORK, Sessions
from qt_trade.market.errors import OutsideCalendarError
from qt_trade.model.claims import ClaimScore
from qt_trade.model.symbols import Symbol
from qt_trade.roles.worker.scoring.naive import COIN, NaiveForecaster
from qt_trade.storage.claims import ClaimStore, SealedClaim
from qt_trade.storage.tracks import Close, TrackStore

MINUTE = timedelta(minutes=1)
PRICE_AGE_MAX = timedelta(minutes=5)
"""So old may be the price that stands for a missing one: a thinly traded share trades every few."""
BARS_MAY_COME = timedelta(minutes=10)
"""So long the bar of the moment itself is waited for: bars are stored every five minutes."""
GIVEN_UP = timedelta(days=1)
"""After so long a price that is missing is taken to have been none."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the claims that were due. ``waiting``: for a price that may still come."""

    scored: int = 0
    given_up: int = 0
    waiting: int = 0

    def __add__(self, other: "Settled") -> "Settled":
        return Settled(
            self.scored + other.scored,
            self.given_up + other.given_up,
            self.waiting + other.waiting,
        )


@dataclass(frozen=True, slots=True)
class SettlingParts:
    """What settling works with. ``cost_bp``: of one side of a trade."""

    claims: ClaimStore
    tracks: TrackStore
    naive: NaiveForecaster
    sessions: Sessions
    cost_bp: float


class Settling:
    """Settles what is due; may be done twice without harm."""

    def __init__(self, parts: SettlingParts) -> None:
        self._p = parts

    async def settle(self, now: datetime) -> Settled:
        """Settle all that is due at ``now`` (feed time). Raises UnreachableError."""
        settled, last = Settled(), None
        while lot := await self._p.claims.due(now, after=last):
            scores: list[ClaimScore] = []
            for due_at, group in groupby(lot, key=lambda one: one.claim.due_at):
                scores += await self._scores(list(group), due_at, now)
            await self._p.claims.settle(scores)
            given_up = sum(bool(score.words) for score in scores)
            settled += Settled(len(scores) - given_up, given_up, len(lot) - len(scores))
            last = lot[-1]
        return settled

    async def _scores(
        self, due: Sequence[SealedClaim], due_at: datetime, now: datetime
    ) -> list[ClaimScore]:
        """Return the scores of what was due at one moment; what has to wait has none."""
        outside = [score for one in due if (score := self._outside(one, now)) is not None]
        gone = {score.claim_id for score in outside}
        inside = [one for one in due if one.claim_id not in gone]
        if not inside:
            return outside
        symbols = {one.claim.symbol for one in inside}
        closes = await self._p.tracks.closes(symbols, due_at, PRICE_AGE_MAX)
        naive = await self._p.naive.of(due_at.astimezone(NEW_YORK).date(), symbols)
        return outside + [
            score
            for one in inside
            if (score := self._score(one, closes.get(one.claim.symbol), naive, now)) is not None
        ]

    def _outside(self, sealed: SealedClaim, now: datetime) -> ClaimScore | None:
        """Return the score of a claim that no session can settle, and why; else None."""
        claim, words = sealed.claim, ""
        try:
            session = self._p.sessions.session_of(claim.at)
        except OutsideCalendarError as outside:
            session, words = None, str(outside)
        if session is None:
            words = words or "there was no session on its day"
        elif claim.due_at > session.close:
            words = f"its horizon ended at {claim.due_at:%H:%M} UTC, after the close"
        return _unscored(sealed, now, words) if words else None

    def _score(
        self,
        sealed: SealedClaim,
        close: Close | None,
        naive: Mapping[tuple[Symbol, int], float],
        now: datetime,
    ) -> ClaimScore | None:
        claim, age = sealed.claim, now - sealed.claim.due_at
        if close is None:
            words = (
                f"no price was stored within {PRICE_AGE_MAX // MINUTE} minutes before"
                f" {claim.due_at:%H:%M} UTC: trading was halted, or nothing was recorded"
            )
            return _unscored(sealed, now, words) if age >= GIVEN_UP else None
        if claim.due_at - close.ends_at >= MINUTE and age < BARS_MAY_COME:
            return None
        came = outcome(
            claim,
            close.price,
            naive_up=naive.get((claim.symbol, claim.horizon_min), COIN),
            cost_bp=self._p.cost_bp,
        )
        day = claim.at.astimezone(NEW_YORK).date()
        return ClaimScore(sealed.claim_id, day, now, close.price, **asdict(came))


def _unscored(sealed: SealedClaim, now: datetime, words: str) -> ClaimScore:
    day = sealed.claim.at.astimezone(NEW_YORK).date()
    return ClaimScore(sealed.claim_id, day, now, words=words)
