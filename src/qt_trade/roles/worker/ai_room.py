"""Asks an AI for its opinion, within its budget, and tells it as ``backend:grok_candidates``.

The question of each slot is put by one worker of all, because PostgreSQL lets one through. It runs
beside the jobs: no prediction and no cycle waits for an AI that thinks.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import ContractError, DisconnectedError, InvalidMessageError
from qt_trade.contract.payloads.trading import TradingStatus
from qt_trade.intelligence.ai_client import AiAccess, AiClient, AiReply
from qt_trade.intelligence.ai_errors import AiAwayError, AiError, AiLimitedError
from qt_trade.intelligence.candidates.answer import UnreadableError, read
from qt_trade.intelligence.candidates.checking import Opinion, Sources, check, named
from qt_trade.intelligence.candidates.costs import Prices, cost_max, cost_of
from qt_trade.intelligence.candidates.facts import HORIZON_MIN, Facts
from qt_trade.intelligence.candidates.prompt import OUTPUT_TOKENS_MAX, body, headline_ids
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import NEW_YORK
from qt_trade.model.ai_answers import AiBarred, AiEnd, AiLimits, AiQuestion, Outcome
from qt_trade.model.claims import AI_PREFIX, Claim
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.kept_documents import KeptDocuments
from qt_trade.roles.rhythm import current_boundary
from qt_trade.roles.worker.ai_board import (
    Became,
    Kept,
    Scene,
    became_of,
    document,
    kept_text,
    next_expiry,
)
from qt_trade.roles.worker.ai_facts import Market
from qt_trade.settings import FeedChoice, Settings
from qt_trade.storage.errors import StorageError, UnreachableError

ATTEMPTS_MAX = 3
"""So often a question is put in one slot, when the AI was away or limited us."""
RATE_PAUSE_S = 60.0
AWAY_BASE_S, AWAY_CEILING_S = 20.0, 300.0
KEEP_RETRY_S = 1.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AiParts:
    """What the room works with. ``sleep``: waits so many seconds, injected."""

    settings: Settings
    bus: Bus
    store: wiring.MarketStore
    feed_time: FeedTime
    wall: Clock
    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random


def why_not(settings: Settings) -> str:
    """Return why no AI is asked in this run, empty when one is. Raises SettingsError."""
    if settings.feed.choice is not FeedChoice.REALTIME:
        kind = settings.feed.choice.kind
        return f"this run is {kind}: an AI is asked about the real prices of today only"
    if settings.ai.wants_key() and not settings.ai.credential(settings.keys_dir):
        return "no key is set: QTRADE_AI__KEY, or QTRADE_AI__BASE_URL for another AI"
    return ""


class AiRoom:
    """The questions of one worker, and the document of all."""

    def __init__(self, parts: AiParts) -> None:
        self._p = parts
        self._ai = parts.settings.ai
        self._why_not = why_not(parts.settings)
        self._prices = Prices(self._ai.input_usd_per_million, self._ai.output_usd_per_million)
        self._market = Market(parts.bus)
        self._documents = KeptDocuments(parts.bus)
        self._client: AiClient | None = None
        self._resting = ""
        self._became: dict[str, Became] = {}
        self._cycle = 0
        self._dirty = asyncio.Event()
        self._asking: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._log = get_logger()

    async def open(self) -> None:
        """Tell how it stands, and hear what becomes of opinions. Raises DisconnectedError."""
        await self._p.bus.watch(registry.TRADING_STATUS, self._on_trading)
        self._dirty.set()
        self._telling = asyncio.create_task(self._tell())

    def begin(self) -> None:
        """Begin to put the present slot's question, unless one is under way; nobody waits for it."""
        if not self._why_not and self.idle:
            self._asking = asyncio.create_task(self._round())

    @property
    def idle(self) -> bool:
        """Whether no question is under way."""
        return self._asking is None or self._asking.done()

    async def close(self) -> None:
        """Give up what is under way: its cost stays put aside, for it may be billed."""
        tasks = [task for task in (self._asking, self._telling) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
        await self._documents.close()

    async def tidy(self) -> None:
        """Let go of questions and answers that are old enough. Raises UnreachableError."""
        await self._p.store.ai_answers.drop(self._p.wall.now() - self._ai.kept)

    # -- asking --------------------------------------------------------------------------------

    async def _round(self) -> None:
        slot = current_boundary(self._p.wall.now(), self._ai.every)
        backoff = Backoff(AWAY_BASE_S, AWAY_CEILING_S, self._p.rng)
        try:
            while (pause_s := await self._ask(slot, backoff)) is not None:
                self._dirty.set()
                if self._p.wall.now() + timedelta(seconds=pause_s) >= slot + self._ai.every:
                    break
                await self._p.sleep(pause_s)
        except (DisconnectedError, UnreachableError) as away:
            self._log.warning("ai.waits", words=str(away))
        except (ContractError, StorageError) as refused:
            self._log.exception("ai.failed", words=str(refused))
        self._dirty.set()

    async def _ask(self, slot: datetime, backoff: Backoff) -> float | None:
        """Put the question; return the seconds after which to try again, None: not in this slot."""
        facts = await self._facts()
        if facts is None:
            return None
        request = body(facts, self._ai.model)
        prompt = json.dumps(request["messages"], ensure_ascii=False)
        question = AiQuestion(
            slot=slot,
            asked_at=self._p.wall.now(),
            address=self._ai.base_url,
            model=self._ai.model,
            prompt=prompt,
            cost_max=cost_max(len(prompt.encode()), OUTPUT_TOKENS_MAX, self._prices),
        )
        permit = await self._p.store.ai_answers.ask(question, self._limits())
        if permit.number is None:
            self._log.info("ai.not_asked", because=permit.barred)
            return RATE_PAUSE_S if permit.barred is AiBarred.RATE else None
        self._dirty.set()
        end, taken, pause_s = await self._answered(request, facts, backoff)
        await self._keep(permit.number, end)
        await self._seal(taken, end)
        self._log.info("ai.answered", outcome=end.outcome, words=end.words, cost=str(end.cost))
        return pause_s

    async def _facts(self) -> Facts | None:
        """Return what there is to ask about; the reason when nothing is."""
        status = self._p.feed_time.status
        if status is None or status.feed is not FeedKind.REAL_TIME or not status.market_open:
            self._resting = "the market is closed; asked again when it is open"
            return None
        now = self._p.wall.now()
        facts = await self._market.facts(now, status.run_id, self._ai.candidates_max)
        self._resting = (
            "" if facts.symbols else "there is no price to ask about that is beyond doubt"
        )
        return facts if facts.symbols else None

    async def _answered(
        self, request: dict[str, object], facts: Facts, backoff: Backoff
    ) -> tuple[AiEnd, tuple[Opinion, ...], float | None]:
        try:
            reply = await (await self._asked()).ask(request)
        except AiError as error:
            self._log.warning("ai.trouble", outcome=error.outcome, words=str(error))
            return self._failed(error), (), _pause_s(error, backoff)
        outcome, words, taken = await self._judged(reply, facts)
        end = AiEnd(
            at=self._p.wall.now(),
            outcome=outcome,
            words=words,
            cost=cost_of(reply.usage, self._prices),
            answered_by=reply.model or self._ai.model,
            request_id=reply.request_id,
            raw=reply.raw,
            usage=reply.usage_json,
            taken=kept_text(taken),
        )
        return end, taken, None

    async def _asked(self) -> AiClient:
        if self._client is None:
            key = self._ai.credential(self._p.settings.keys_dir)
            access = AiAccess(self._ai.base_url, key, self._ai.timeout_s)
            # Most of a second of imports.
            self._client = await asyncio.to_thread(AiClient, access)
        return self._client

    def _failed(self, error: AiError) -> AiEnd:
        return AiEnd(
            at=self._p.wall.now(),
            outcome=error.outcome,
            words=str(error),
            cost=None if error.may_cost else Decimal(0),
            request_id=error.request_id,
            raw=error.raw,
        )

    async def _judged(
        self, reply: AiReply, facts: Facts
    ) -> tuple[Outcome, str, tuple[Opinion, ...]]:
        if reply.refusal or reply.finish == "content_filter":
            words = f"the AI declines: {reply.refusal or 'its filter ends the answer'}"
            return Outcome.DECLINED, words, ()
        if reply.finish == "length":
            return (
                Outcome.CUT,
                "the answer is cut off in its middle, and nothing of it is taken",
                (),
            )
        if not reply.text.strip():
            return Outcome.EMPTY, "the answer is empty", ()
        try:
            said = read(reply.text)
        except UnreadableError as error:
            return Outcome.UNREADABLE, f"the answer has not the form asked for: {error}", ()
        status = self._p.feed_time.status
        run_id = "" if status is None else status.run_id
        known = await self._market.known(named(said), run_id)
        sources = Sources(headline_ids(facts), reply.cited)
        checked = check(said, known, sources, self._ai.candidates_max)
        return Outcome.ANSWERED, checked.words, checked.kept

    async def _keep(self, number: int, end: AiEnd) -> None:
        """Keep an answer that was paid for, however long the database is away."""
        while True:
            try:
                await self._p.store.ai_answers.end(number, end)
            except UnreachableError as away:
                self._log.warning("ai.answer_waits", words=str(away))
                await self._p.sleep(KEEP_RETRY_S)
            else:
                return

    async def _seal(self, taken: tuple[Opinion, ...], end: AiEnd) -> None:
        """Seal each opinion, so that it is judged as every prediction is."""
        claims = [
            Claim(
                model_id=f"{AI_PREFIX}{end.answered_by}",
                symbol=one.symbol,
                at=end.at.replace(second=0, microsecond=0),
                horizon_min=HORIZON_MIN,
                base_price=one.price,
                prob_up=one.prob_up,
                expected_return=one.expected_return,
            )
            for one in taken
            if one.recommendation != "HOLD"
        ]
        if claims:
            await self._p.store.claims.seal(claims, now=self._p.wall.now())

    def _limits(self) -> AiLimits:
        return AiLimits(
            budget=self._ai.budget_usd,
            day_from=self._day_from(),
            per_minute=self._ai.per_minute,
            attempts_max=ATTEMPTS_MAX,
            given_up_s=2 * self._ai.timeout_s,
        )

    def _day_from(self) -> datetime:
        """Return when the budget's day began: midnight in New York."""
        now = self._p.wall.now()
        midnight = datetime.combine(now.astimezone(NEW_YORK).date(), time(), NEW_YORK)
        return midnight.astimezone(now.tzinfo)

    # -- telling -------------------------------------------------------------------------------

    def _on_trading(self, change: Change[TradingStatus]) -> None:
        cycle = None if change.value is None else change.value.last_cycle
        if cycle is not None and cycle.number != self._cycle:
            self._cycle = cycle.number
            self._became |= became_of(cycle)
            self._dirty.set()

    async def _tell(self) -> None:
        """Write the document when something changed, or an opinion expired, until cancelled."""
        expiry: datetime | None = None
        while True:
            left_s = None if expiry is None else (expiry - self._p.wall.now()).total_seconds()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if left_s is None else max(0.05, left_s)):
                    await self._dirty.wait()
            self._dirty.clear()
            try:
                expiry = await self._publish()
            except (ContractError, StorageError) as away:
                self._log.warning("ai.not_told", words=str(away))
                await self._p.sleep(KEEP_RETRY_S)
                self._dirty.set()

    async def _publish(self) -> datetime | None:
        """Write the document; return when the first opinion expires."""
        status = self._p.feed_time.status
        if status is None:
            return None
        scene = Scene(
            wall=self._p.wall.now(),
            feed_at=self._p.feed_time.clock.now(),
            feed=status.feed,
            expires=self._ai.expires,
            why_not=self._why_not,
            resting=self._resting,
        )
        kept = await self._kept(scene)
        told = document(kept, scene, await self._newest_prices(), self._became)
        await self._documents.write(registry.GROK_CANDIDATES, told)
        return next_expiry(kept, scene)

    async def _kept(self, scene: Scene) -> Kept:
        answers, day_from = self._p.store.ai_answers, self._day_from()
        if self._why_not:
            none = Kept(None, (), Decimal(0), self._ai.budget_usd, day_from + _DAY)
            return replace(none, budget=Decimal(0))
        return Kept(
            last=await answers.last(),
            recent=tuple(await answers.since(scene.wall - self._ai.expires - _DAY)),
            spent=await answers.spent(day_from),
            budget=self._ai.budget_usd,
            resets_at=day_from + _DAY,
        )

    async def _newest_prices(self) -> dict[str, float]:
        try:
            found = await self._p.bus.read(registry.MARKET_DATA)
        except InvalidMessageError:
            return {}
        return {} if found is None else {n: one.price for n, one in found.value.symbols.items()}


def _pause_s(error: AiError, backoff: Backoff) -> float | None:
    """Return when to try again, None: not before the next slot."""
    if isinstance(error, AiLimitedError):
        return error.retry_after_s
    if isinstance(error, AiAwayError):
        return backoff.next_delay()
    return None
