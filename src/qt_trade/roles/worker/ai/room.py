"""Asks an AI for its opinion, within its budget, and tells it as ``backend:grok_candidates``.

The question of each slot is put by one worker of all, because PostgreSQL lets one through. It runs
beside the jobs: no prediction and no cycle waits for an AI that thinks.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal

from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.intelligence.candidates.answer import UnreadableError, read
from qt_trade.intelligence.candidates.checking import Known, Opinion, Sources, check, named
from qt_trade.intelligence.candidates.client import AiAccess, AiClient, AiReply
from qt_trade.intelligence.candidates.costs import Prices, cost_max, cost_of
from qt_trade.intelligence.candidates.errors import AiAwayError, AiError, AiLimitedError
from qt_trade.intelligence.candidates.facts import HORIZON_MIN, Facts
from qt_trade.intelligence.candidates.prompt import OUTPUT_TOKENS_MAX, body, headline_ids
from qt_trade.intelligence.candidates.text import plain
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.logs import get_logger
from qt_trade.model.ai_answers import (
    AiBarred,
    AiEnd,
    AiLimits,
    AiLine,
    AiPermit,
    AiQuestion,
    Outcome,
)
from qt_trade.model.claims import Claim, ai_model_id
from qt_trade.model.symbols import Symbol
from qt_trade.roles.rhythm import current_boundary
from qt_trade.roles.worker.ai.board import kept_text, opinions
from qt_trade.roles.worker.ai.facts import Gathered, Market, Sight
from qt_trade.roles.worker.ai.parts import (
    GIVEN_UP,
    AiParts,
    credential_of,
    day_from,
    no_hour_left,
)
from qt_trade.roles.worker.ai.telling import AiTelling
from qt_trade.storage.errors import StorageError, UnreachableError

ATTEMPTS_MAX = 3
"""So often a question is put in one slot, when the AI was away or limited us."""
RATE_PAUSE_S = 60.0
AWAY_BASE_S, AWAY_CEILING_S = 20.0, 300.0
KEEP_RETRY_S = 1.0
KNOWN_TRIES = 30
"""So often it is tried to look up the symbols of an answer that is there, and paid for."""
LEFT_OUT_MAX = 400


class AiRoom:
    """The questions of one worker, and the document of all."""

    def __init__(self, parts: AiParts) -> None:
        self._p = parts
        self._ai = parts.settings.ai
        self._credential = credential_of(parts.settings)
        told, out = self._ai.usd_per_million(with_key=bool(self._credential.key))
        self._prices = Prices(told, out)
        self._market = Market(parts.bus)
        self._telling = AiTelling(parts, self._credential.why_not)
        if not told and not out:
            self._telling.needed = Decimal(0)
        self._client: AiClient | None = None
        self._asking: asyncio.Task[None] | None = None
        self._due = False
        self._log = get_logger()

    async def open(self) -> None:
        """Tell how it stands, and hear what becomes of opinions. Raises DisconnectedError."""
        await self._telling.open()

    def begin(self) -> None:
        """Begin to put the present slot's question, after one that is under way; nobody waits."""
        if self._credential.why_not:
            return
        self._due = True
        if self.idle:
            self._asking = asyncio.create_task(self._rounds())

    @property
    def idle(self) -> bool:
        """Whether no question is under way."""
        return self._asking is None or self._asking.done()

    async def close(self) -> None:
        """Give up what is under way: its cost stays put aside, for it may be billed."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await self._telling.close()
        if self._client is not None:
            await self._client.close()

    async def tidy(self) -> None:
        """Let go of questions and answers that are old enough. Raises UnreachableError."""
        await self._p.store.ai_answers.drop(self._p.wall.now() - self._ai.kept)

    async def _rounds(self) -> None:
        while self._due:
            self._due = False
            await self._round()

    async def _round(self) -> None:
        slot = current_boundary(self._p.wall.now(), self._ai.every)
        backoff = Backoff(AWAY_BASE_S, AWAY_CEILING_S, self._p.rng)
        try:
            # What a worker left that died between keeping and sealing.
            await self._seal()
            while (pause_s := await self._ask(slot, backoff)) is not None:
                self._telling.tell()
                if self._p.wall.now() + timedelta(seconds=pause_s) >= slot + self._ai.every:
                    break
                await self._p.sleep(pause_s)
        except (DisconnectedError, UnreachableError) as away:
            self._log.warning("ai.waits", words=str(away))
        except (ContractError, StorageError) as refused:
            self._log.exception("ai.failed", words=str(refused))
        self._telling.tell()

    # -- asking --------------------------------------------------------------------------------

    async def _ask(self, slot: datetime, backoff: Backoff) -> float | None:
        """Put the question; return the seconds after which to try again, None: not in this slot."""
        status = self._p.feed_time.status
        if status is None or no_hour_left(status, self._p.wall.now()):
            return None
        gathered = await self._gathered(slot, status)
        if gathered is None:
            return None
        client = await self._asked()
        request = body(gathered.facts, self._ai.model)
        question = self._question(slot, request)
        permit = await self._p.store.ai_answers.ask(question, self._limits())
        self._telling.needed = question.cost_max
        if permit.number is None:
            self._log.info("ai.not_asked", because=permit.barred)
            return self._later_s(permit)
        self._telling.tell()
        try:
            reply = await client.ask(request)
        except AiError as error:
            self._log.warning("ai.trouble", outcome=error.outcome, words=str(error))
            end, pause_s = self._failed(error), _pause_s(error, backoff)
        else:
            end, pause_s = await self._end_of(reply, gathered, status), None
        await self._keep(permit.number, end)
        self._log.info("ai.answered", outcome=end.outcome, words=end.words, cost=str(end.cost))
        await self._seal()
        return pause_s

    async def _gathered(self, slot: datetime, status: MarketStatus) -> Gathered | None:
        """Return what there is to ask about; None when nothing is, which is told."""
        found = await self._market.facts(self._sight(status.run_id), self._ai.candidates_max)
        nothing = "no watched symbol is fit to be asked about"
        if found.left_out:
            nothing = f"{nothing}: {plain(found.left_out, LEFT_OUT_MAX)}"
        self._telling.rest(slot, "" if found.facts.symbols else nothing)
        return found if found.facts.symbols else None

    def _sight(self, run_id: str) -> Sight:
        return Sight(self._p.wall.now(), run_id, self._p.feed_time.stale_after_s)

    def _question(self, slot: datetime, request: dict[str, object]) -> AiQuestion:
        prompt = json.dumps(request["messages"], ensure_ascii=False)
        # The form that is asked for is read, and billed, too.
        sent = json.dumps(request, ensure_ascii=False)
        return AiQuestion(
            slot=slot,
            asked_at=self._p.wall.now(),
            address=self._ai.base_url,
            model=self._ai.model,
            prompt=prompt,
            cost_max=cost_max(len(sent.encode()), OUTPUT_TOKENS_MAX, self._prices),
        )

    def _later_s(self, permit: AiPermit) -> float | None:
        if permit.barred is AiBarred.LIMITED and permit.until is not None:
            return (permit.until - self._p.wall.now()).total_seconds()
        return RATE_PAUSE_S if permit.barred is AiBarred.RATE else None

    async def _asked(self) -> AiClient:
        if self._client is None:
            access = AiAccess(self._ai.base_url, self._credential.key, self._ai.timeout_s)
            # Most of a second of imports.
            self._client = await asyncio.to_thread(AiClient, access, self._p.wall.now)
        return self._client

    # -- what came ------------------------------------------------------------------------------

    def _failed(self, error: AiError) -> AiEnd:
        now = self._p.wall.now()
        limit = error.retry_after_s if isinstance(error, AiLimitedError) else None
        return AiEnd(
            at=now,
            outcome=error.outcome,
            words=str(error),
            cost=None if error.may_cost else Decimal(0),
            request_id=error.request_id,
            raw=error.raw,
            not_before=None if limit is None else now + timedelta(seconds=limit),
        )

    async def _end_of(self, reply: AiReply, gathered: Gathered, status: MarketStatus) -> AiEnd:
        outcome, words, taken = await self._judged(reply, gathered.facts, status)
        now = self._p.wall.now()
        if outcome is Outcome.ANSWERED and gathered.left_out:
            words = f"{words}; not asked about: {plain(gathered.left_out, LEFT_OUT_MAX)}"
        expires = now + self._ai.expires
        if status.next_close is not None:
            expires = min(expires, max(now, status.next_close))
        return AiEnd(
            at=now,
            outcome=outcome,
            words=words,
            cost=cost_of(reply.usage, self._prices),
            answered_by=reply.model or self._ai.model,
            request_id=reply.request_id,
            raw=reply.raw,
            usage=reply.usage_json,
            taken=kept_text(taken) if taken else "",
            expires_at=expires if taken else None,
        )

    async def _judged(
        self, reply: AiReply, facts: Facts, status: MarketStatus
    ) -> tuple[Outcome, str, tuple[Opinion, ...]]:
        if reply.refusal or reply.finish == "content_filter":
            words = f"the AI declines: {reply.refusal or 'its filter ends the answer'}"
            return Outcome.DECLINED, words, ()
        if reply.finish == "length":
            words = "the answer is cut off in its middle, and nothing of it is taken"
            return Outcome.CUT, words, ()
        if not reply.text.strip():
            return Outcome.EMPTY, "the answer is empty", ()
        try:
            said = read(reply.text)
        except UnreadableError as error:
            return Outcome.UNREADABLE, f"the answer has not the form asked for: {error}", ()
        told = {one.symbol for one in facts.symbols}
        known = await self._known([one for one in named(said) if one in told], status.run_id)
        if known is None:
            words = (
                "Redis was away when the answer came: its symbols are not checked, none is taken"
            )
            return Outcome.ANSWERED, words, ()
        strange = {one: Known(None, "it was not asked about") for one in named(said)}
        sources = Sources(headline_ids(facts), reply.cited)
        checked = check(said, strange | known, sources, self._ai.candidates_max)
        return Outcome.ANSWERED, checked.words, checked.kept

    async def _known(self, symbols: list[Symbol], run_id: str) -> dict[Symbol, Known] | None:
        """Return what is known of symbols; None: nobody could be asked for a long while."""
        for _ in range(KNOWN_TRIES):
            try:
                return await self._market.known(symbols, self._sight(run_id))
            except DisconnectedError:
                await self._p.sleep(KEEP_RETRY_S)
        return None

    async def _keep(self, number: int, end: AiEnd) -> None:
        """Keep an answer that was paid for, however long the database is away."""
        await self._until_there("ai.answer", lambda: self._p.store.ai_answers.end(number, end))

    async def _seal(self) -> None:
        """Seal all opinions that are kept and are not sealed, however long the database is away.

        So each is judged as every prediction is. Twice is as good as once.
        """
        await self._until_there("ai.sealing", self._seal_all)

    async def _seal_all(self) -> None:
        for line in await self._p.store.ai_answers.unsealed():
            await self._seal_one(line)

    async def _until_there(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do what needs the database, again and again while that is away."""
        waits = False
        while True:
            try:
                await work()
            except UnreachableError as away:
                if not waits:
                    self._log.warning(f"{what}_waits", words=str(away))
                waits = True
                await self._p.sleep(KEEP_RETRY_S)
            else:
                return

    async def _seal_one(self, line: AiLine) -> None:
        now = self._p.wall.now()
        claims = _claims(line)
        sealing = await self._p.store.claims.seal(claims, now=now)
        for one in sealing.refused:
            self._log.warning("ai.not_sealed", symbol=one.claim.symbol, words=one.words)
        await self._p.store.ai_answers.sealed(line.number, now)

    def _limits(self) -> AiLimits:
        return AiLimits(
            budget=self._ai.budget_usd,
            day_from=day_from(self._p.wall.now()),
            per_minute=self._ai.per_minute,
            attempts_max=ATTEMPTS_MAX,
            given_up_s=GIVEN_UP * self._ai.timeout_s,
        )


def _claims(line: AiLine) -> list[Claim]:
    """Return what an answer claims: of HOLD nothing can come true."""
    if line.ended_at is None:
        return []
    return [
        Claim(
            model_id=ai_model_id(line.answered_by),
            symbol=one.symbol,
            at=line.ended_at.replace(second=0, microsecond=0),
            horizon_min=HORIZON_MIN,
            base_price=one.price,
            prob_up=one.prob_up,
            expected_return=one.expected_return,
        )
        for one in opinions(line)
        if one.recommendation != "HOLD"
    ]


def _pause_s(error: AiError, backoff: Backoff) -> float | None:
    """Return when to try again, None: not before the next slot."""
    if isinstance(error, AiLimitedError):
        return error.retry_after_s
    if isinstance(error, AiAwayError):
        return backoff.next_delay()
    return None
