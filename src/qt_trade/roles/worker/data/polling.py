"""Rounds of questions in real time: each provider asked in each slot, by one worker of all.

The rounds run beside the jobs, for most of a slot where a provider allows few calls a minute: no
prediction and no trading cycle waits for them.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import ContractError, InvalidMessageError
from qt_trade.contract.payloads.sources import MultiApiEnhancedData, ProviderQuotes
from qt_trade.contract.payloads.watch_list import DynamicTickers, TickerOrigin, TickerState
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.market.planner import Importance, Round, Slot, Watched, plan_round, slot_at
from qt_trade.market.provider import Provider
from qt_trade.market.rounds import RoundOutcome, ask
from qt_trade.model.quotas import LedgerAwayError
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.rhythm import current_boundary
from qt_trade.roles.worker.data.answers import Answers
from qt_trade.roles.worker.data.sources import Sources

T = TypeVar("T", DynamicTickers, MultiApiEnhancedData)

BARRED = timedelta(days=1)
"""How long a symbol the provider does not have is not asked for again."""
TELL_EVERY_S = 1.0
"""How often the answers of a round are told while it goes on: a price is worth most at once."""
_IMPORTANCE = {
    TickerOrigin.POSITION: Importance.POSITION,
    TickerOrigin.CANDIDATE: Importance.CANDIDATE,
}


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is watched in a slot, and what the streamer says comes by streams."""

    tickers: DynamicTickers | None
    symbols: tuple[Symbol, ...]
    evidence: MultiApiEnhancedData | None

    def watched(self, provider: str, turns: Mapping[str, datetime]) -> list[Watched]:
        """Return every symbol as a provider is concerned."""
        return [
            Watched(
                symbol,
                self._importance(symbol),
                self._streamed(provider, symbol),
                turns.get(symbol),
            )
            for symbol in self.symbols
        ]

    def _importance(self, symbol: Symbol) -> Importance:
        ticker = None if self.tickers is None else self.tickers.tickers.get(symbol)
        origins = () if ticker is None else ticker.origins
        return max(
            (_IMPORTANCE.get(origin, Importance.OTHER) for origin in origins),
            default=Importance.OTHER,
        )

    def _streamed(self, provider: str, symbol: Symbol) -> bool:
        found = None if self.evidence is None else self.evidence.symbols.get(symbol)
        said = None if found is None else found.sources.get(provider)
        return said is not None and said.streamed and said.price is not None


class Polling:
    """Asks in each slot what the budgets allow, and tells it in ``backend:provider_quotes``.

    ``length``: of a slot. A slot of a provider belongs to the worker that claims it first.
    """

    def __init__(
        self,
        bus: Bus,
        sources: Sources,
        sessions: Sessions,
        feed_time: FeedTime,
        wall: Clock,
        length: timedelta,
    ) -> None:
        self._bus = bus
        self._sources = sources
        self._sessions = sessions
        self._feed_time = feed_time
        self._wall = wall
        self._length = length
        self._slot: datetime | None = None
        self._rounds: dict[str, asyncio.Task[None]] = {}
        self._log = get_logger()

    def begin(self) -> None:
        """Begin the present slot's rounds, unless they have begun; nobody waits for them."""
        at = current_boundary(self._wall.now(), self._length)
        if at == self._slot:
            return
        self._slot = at
        free = {
            name: provider
            for name, provider in self._sources.providers.items()
            if (before := self._rounds.get(name)) is None or before.done()
        }
        if free:
            scene = asyncio.create_task(self._scene())
            for name, provider in free.items():
                self._rounds[name] = asyncio.create_task(self._poll(name, provider, at, scene))

    async def ended(self) -> None:
        """Return when the rounds under way have ended."""
        await asyncio.gather(*self._rounds.values(), return_exceptions=True)

    async def close(self) -> None:
        """Give up what is under way (the next slot is another's), and let go of the providers."""
        for task in self._rounds.values():
            task.cancel()
        await self.ended()
        await self._sources.close()

    async def _poll(
        self, name: str, provider: Provider, at: datetime, scene: "asyncio.Task[_Scene]"
    ) -> None:
        try:
            await self._poll_slot(name, provider, at, await scene)
        except (ContractError, LedgerAwayError) as error:
            # The next slot is soon; until then the streamer shows the prices' age.
            self._log.warning("round.given_up", provider=name, words=str(error))
        except Exception as error:  # noqa: BLE001  # a provider's slip must not stop the next slot
            self._log.error("round.broken", provider=name, kind=type(error).__name__)

    async def _poll_slot(self, name: str, provider: Provider, at: datetime, scene: _Scene) -> None:
        ledger, plan = self._sources.ledger, provider.plan
        slot = slot_at(self._sessions, at, self._length)
        turns = await ledger.turns(name)
        state = await ledger.state(name, plan.limits, self._wall.now())
        watched = scene.watched(name, turns)
        planned = plan_round(plan, state, watched, slot)
        answers = Answers(await self._told_before(name), watched, planned.rest)
        if not planned.calls:
            await self._tell(name, answers)
        elif await ledger.claim(f"{name}:{at.isoformat()}", self._length.total_seconds()):
            outcome = await self._round(name, provider, planned, slot, answers)
            await ledger.set_turns(name, turns_after(turns, watched, planned, outcome, slot))

    async def _round(
        self, name: str, provider: Provider, planned: Round, slot: Slot, answers: Answers
    ) -> RoundOutcome:
        changed = asyncio.Event()

        def heard(so_far: RoundOutcome) -> None:
            answers.take(so_far)
            changed.set()

        telling = asyncio.create_task(self._tell_while(name, answers, changed))
        try:
            outcome = await ask(
                provider, planned.calls, slot.ends, self._wall, asyncio.sleep, heard
            )
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        answers.take(outcome)
        await self._tell(name, answers)
        self._log.info(
            "round.ended",
            provider=name,
            calls=outcome.calls,
            quotes=len(outcome.quotes),
            silent=len(outcome.silent),
            stopped=outcome.stopped,
        )
        return outcome

    async def _tell_while(self, name: str, answers: Answers, changed: asyncio.Event) -> None:
        while True:
            await changed.wait()
            changed.clear()
            await self._tell(name, answers)
            await asyncio.sleep(TELL_EVERY_S)

    async def _tell(self, name: str, answers: Answers) -> None:
        status = self._feed_time.status
        if status is not None and answers.new_for(status.run_id):
            document = answers.document(name, status.feed, status.run_id, self._wall.now())
            await self._bus.write(registry.PROVIDER_QUOTES, document, name)

    async def _told_before(self, name: str) -> ProviderQuotes | None:
        try:
            found = await self._bus.read(registry.PROVIDER_QUOTES, name)
        except InvalidMessageError:
            return None
        return None if found is None else found.value

    async def _scene(self) -> _Scene:
        status = self._feed_time.status
        run_id = "" if status is None else status.run_id
        tickers = await self._of_run(registry.DYNAMIC_TICKERS, run_id)
        evidence = await self._of_run(registry.MULTI_API_DATA, run_id)
        names = () if status is None else status.symbols
        if tickers is not None:
            # What nobody could check is on the list, and nobody is asked for its price.
            unchecked = TickerState.UNCHECKED
            names = tuple(n for n in tickers.symbols if tickers.tickers[n].state is not unchecked)
        return _Scene(tickers, tuple(Symbol(name) for name in names), evidence)

    async def _of_run(self, document: Document[T], run_id: str) -> T | None:
        """Return a document's value if it is this run's."""
        try:
            found = await self._bus.read(document)
        except InvalidMessageError:
            return None
        return found.value if found is not None and found.value.run_id == run_id else None


def turns_after(
    before: Mapping[str, datetime],
    watched: Iterable[Watched],
    planned: Round,
    outcome: RoundOutcome,
    slot: Slot,
) -> dict[str, datetime]:
    """Return when each watched symbol was asked for; what was not asked keeps its place."""
    symbols = {one.symbol for one in watched}
    turns: dict[str, datetime] = {name: at for name, at in before.items() if name in symbols}
    asked = {symbol for call in planned.calls for symbol in call} - outcome.unasked
    turns.update(dict.fromkeys(asked, slot.at))
    turns.update(dict.fromkeys(outcome.barred, slot.at + BARRED))
    return turns
