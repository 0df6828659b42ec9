"""Tells as ``backend:grok_candidates`` what the AI said, how it stands, and what came of it."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from qt_trade.contract import registry
from qt_trade.contract.bus import Change
from qt_trade.contract.errors import ContractError, InvalidMessageError
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.contract.payloads.signals import GrokCandidates
from qt_trade.kit.logs import get_logger
from qt_trade.model.ai_answers import AiStanding
from qt_trade.roles.kept_documents import KeptDocuments
from qt_trade.roles.rhythm import current_boundary
from qt_trade.roles.worker.ai.board import (
    Scene,
    Word,
    became_text,
    document,
    next_moment,
    words_of,
)
from qt_trade.roles.worker.ai.happened import Happened
from qt_trade.roles.worker.ai.parts import (
    GIVEN_UP,
    AiParts,
    asked_until,
    day_from,
    next_day,
    no_hour_left,
)
from qt_trade.storage.errors import StorageError

TELL_RETRY_S = 1.0
_MINUTE = timedelta(minutes=1)
_NOTHING = AiStanding(None, (), Decimal(0), 0)


class AiTelling:
    """The document of all workers, which every one of them writes from what is kept.

    ``needed``: USD that a question was last taken to cost at most.
    """

    def __init__(self, parts: AiParts, why_not: str) -> None:
        self._p = parts
        self._ai = parts.settings.ai
        self._why_not = why_not
        self._given_up = timedelta(seconds=GIVEN_UP * self._ai.timeout_s)
        self.needed: Decimal | None = None
        self._rest: tuple[datetime, str] | None = None
        self._open: bool | None = None
        self._told: GrokCandidates | None = None
        self._documents = KeptDocuments(parts.bus)
        self._news = asyncio.Event()
        self._happened = Happened(parts.feed_time, self._news.set)
        self._telling: asyncio.Task[None] | None = None
        self._log = get_logger()

    async def open(self) -> None:
        """Tell how it stands, and hear what becomes of opinions. Raises DisconnectedError."""
        await self._happened.follow(self._p.bus)
        self._p.feed_time.on_announcement(self._on_market)
        await self._p.bus.watch(registry.GROK_CANDIDATES, self._on_document)
        # What is written again then is what this worker told last, and perhaps no longer so.
        self._p.bus.on_doubt(self._news.set)
        self._news.set()
        self._telling = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Tell nothing more."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        await self._documents.close()

    def tell(self) -> None:
        """Hear that something is kept that was not."""
        self._news.set()

    def rest(self, slot: datetime, words: str) -> None:
        """Hear why nothing is asked in a slot; empty: something is."""
        self._rest = (slot, words)
        self._news.set()

    def _on_market(self) -> None:
        status = self._p.feed_time.status
        is_open = status is not None and status.market_open
        if is_open != self._open:
            self._open = is_open
            self._news.set()

    def _on_document(self, change: Change[GrokCandidates]) -> None:
        """Tell it anew where another worker, who had looked earlier, wrote over what is newer."""
        value = change.value
        if value is not None and self._told is not None and _asked(value) < _asked(self._told):
            self._news.set()

    async def _tell(self) -> None:
        """Write the document when something changed, or its time has come, until cancelled."""
        due: datetime | None = None
        waits = False
        while True:
            left_s = None if due is None else (due - self._p.wall.now()).total_seconds()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if left_s is None else max(0.05, left_s)):
                    await self._news.wait()
            self._news.clear()
            try:
                due = await self._publish()
            except (ContractError, StorageError) as away:
                if not waits:
                    self._log.warning("ai.not_told", words=str(away))
                waits = True
                await self._p.sleep(TELL_RETRY_S)
                self._news.set()
            else:
                waits = False

    async def _publish(self) -> datetime | None:
        """Write the document; return when it has to be written again."""
        status = self._p.feed_time.status
        if status is None:
            return None
        scene = self._scene(status)
        standing = _NOTHING if self._why_not else await self._standing(scene)
        words = [one for line in standing.taken for one in words_of(line, self._happened)]
        await self._keep(standing, words)
        told = document(standing, words, scene, await self._newest_prices(status.run_id))
        self._told = told
        await self._documents.write(registry.GROK_CANDIDATES, told)
        return self._due(standing, scene, status)

    def _scene(self, status: MarketStatus) -> Scene:
        now = self._p.wall.now()
        return Scene(
            wall=now,
            feed=status.feed,
            why_not=self._why_not,
            resting=no_hour_left(status, now) or self._resting(now),
            needed=self.needed,
            budget=Decimal(0) if self._why_not else self._ai.budget_usd,
            day_from=day_from(now),
            resets_at=next_day(now),
            given_up=self._given_up,
            most=self._ai.candidates_max,
            held=self._happened.held,
        )

    def _resting(self, now: datetime) -> str:
        """Return why this worker asked nothing; an earlier slot's reason holds no longer."""
        slot, words = self._rest or (None, "")
        return words if slot == current_boundary(now, self._ai.every) else ""

    async def _standing(self, scene: Scene) -> AiStanding:
        oldest = min(scene.day_from, scene.wall - self._ai.expires - self._given_up)
        answers = self._p.store.ai_answers
        return await answers.standing(day_from=scene.day_from, taken_since=oldest)

    async def _keep(self, standing: AiStanding, words: list[Word]) -> None:
        """Keep what became of opinions: a cycle's word is gone with the next cycle."""
        for line in standing.taken:
            became = became_text([one for one in words if one.line is line])
            if became and became != line.became:
                await self._p.store.ai_answers.became(line.number, became)

    def _due(self, standing: AiStanding, scene: Scene, status: MarketStatus) -> datetime | None:
        due = next_moment(standing, scene)
        last_hour = None
        if status.market_open and status.next_close is not None:
            # The minute of the last question is still one.
            last_hour = asked_until(status.next_close) + _MINUTE
        moments = [one for one in (due, last_hour) if one is not None and one > scene.wall]
        return min(moments, default=None)

    async def _newest_prices(self, run_id: str) -> dict[str, float]:
        try:
            found = await self._p.bus.read(registry.MARKET_DATA)
        except InvalidMessageError:
            return {}
        if found is None or found.value.run_id != run_id:
            return {}
        return {name: one.price for name, one in found.value.symbols.items()}


def _asked(told: GrokCandidates) -> tuple[datetime, bool]:
    """Return of which question a document tells, and whether of its end; a later one is greater."""
    return told.asked_at or datetime.min.replace(tzinfo=UTC), told.took_s is not None
