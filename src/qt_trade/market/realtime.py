"""Real time: the streams and answers of all providers, made into one price for each symbol."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qt_trade.kit.clock import Clock
from qt_trade.market.agenda import Agenda
from qt_trade.market.calendar import Sessions
from qt_trade.market.charts import Charts
from qt_trade.market.evidence import Consensus, Policy, Standing
from qt_trade.market.heard import Heard, differ
from qt_trade.market.line import ProviderLine
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    LinesEvent,
    LineState,
    QuoteEvent,
    Sleep,
    SourceEvent,
    SourceInfo,
    SourceState,
    StateEvent,
    SymbolsEvent,
)
from qt_trade.market.provider import Capability, Halt, Plan, Provider, Timeliness
from qt_trade.market.slots import allocated
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

_BAR_S = 60
_SILENCE_S = 8.0
"""Of ten large symbols one is quoted about every second."""
_ASKED = {Capability.QUOTE, Capability.BATCH_QUOTE}
_CONFIRMED_ENOUGH = (Standing.AGREED, Standing.UNCONFIRMED)
"""What the minutes are closed from; of two that contradict each other one is wrong."""


@dataclass(frozen=True, slots=True)
class RealtimeParts:
    """What real time is made of. ``hint``: what to do where too few sources are set up at all."""

    providers: Mapping[str, Provider]
    sessions: Sessions
    policy: Policy
    wall: Clock
    sleep: Sleep
    rng: random.Random
    hint: str = ""


class RealtimeSource:
    """Tells the consensus of all providers, as soon as one of them says something.

    :meth:`history` is empty: bars are fetched while quotes flow already, and come as events,
    earlier ones after later ones if need be. Without a network it says so and keeps trying, for
    ever. Nothing piles up while nobody reads: of each symbol only the newest is told.
    """

    def __init__(self, symbols: Sequence[Symbol], parts: RealtimeParts) -> None:
        self._parts = parts
        self._symbols = tuple(symbols)
        self._heard: dict[Symbol, Heard] = {}
        self._agenda = Agenda(parts.wall)
        self._others: deque[SourceEvent] = deque()
        self._lines_changed = False
        self._failed: Exception | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._state: StateEvent | None = None
        self._quoted = False
        self._apart = {
            name: words
            for name, one in parts.providers.items()
            if (words := _apart(one.plan)) and one.plan.capabilities & {*_ASKED, Capability.STREAM}
        }
        self._lines = {
            name: ProviderLine(
                one, self._pushed, self._halted, self._line_changed, parts.sleep, parts.rng
            )
            for name, one in parts.providers.items()
        }
        self._charts = Charts(
            parts.providers.values(),
            parts.sessions,
            parts.wall,
            parts.sleep,
            parts.rng,
            self._bar,
            self._last_known,
        )

    @property
    def info(self) -> SourceInfo:
        names = ", ".join(self._parts.providers) or "no provider"
        return SourceInfo(
            kind=FeedKind.REAL_TIME,
            name="consensus",
            symbols=self._symbols,
            quote_interval_s=float(_BAR_S),
            note=f"What these agree on: {names}",
            silence_max_s=_SILENCE_S,
        )

    async def history(self) -> Sequence[Bar]:
        """Return nothing; see the class."""
        return ()

    async def events(self) -> AsyncGenerator[SourceEvent, None]:
        yield ClockEvent(None, "real time")
        self._say()
        self.follow(self._symbols)
        works = [line.run() for line in self._lines.values() if line.room]
        works += [self._charts.keep_charts(), self._charts.keep_minutes()]
        self._tasks = [asyncio.create_task(self._watched(work)) for work in works]
        try:
            while True:
                await self._agenda.wait()
                for other in self._others_to_tell():
                    yield other
                for symbol in self._agenda.due():
                    if (event := self._judged(symbol)) is not None:
                        yield event
        finally:
            await self.close()

    def follow(self, symbols: Sequence[Symbol]) -> None:
        """Follow these symbols from now on; the first ones matter most."""
        wanted = tuple(symbols)
        if wanted != self._symbols:
            self._others.append(SymbolsEvent(wanted))
        self._symbols = wanted
        for symbol in self._heard.keys() - set(wanted):
            del self._heard[symbol]
            self._agenda.forget(symbol)
        for symbol in wanted:
            self._heard.setdefault(symbol, Heard())
        self._charts.follow(wanted)
        self._allocate()

    def polled(
        self, provider: str, quotes: Mapping[Symbol, Quote], silent: Mapping[Symbol, str]
    ) -> None:
        """Take what a provider answered when it was asked, and why it had nothing to answer."""
        for symbol, quote in quotes.items():
            heard = self._heard.get(symbol)
            if heard is not None and heard.ask(provider, quote):
                self._agenda.touch(symbol)
        for symbol, words in silent.items():
            heard = self._heard.get(symbol)
            if heard is not None and heard.silent.get(provider) != words:
                heard.silent[provider] = words
                self._agenda.touch(symbol)

    async def close(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in self._parts.providers.values():
            await one.close()

    # -- what the providers say --------------------------------------------------------------

    def _pushed(self, provider: str, quote: Quote) -> None:
        heard = self._heard.get(quote.symbol)
        if heard is None or not heard.stream(provider, quote, self._parts.wall.now()):
            return  # not asked for, or overtaken by a newer one
        heard.silent.pop(provider, None)
        if not self._quoted:
            self._quoted = True
            self._say()
        self._agenda.touch(quote.symbol)

    def _halted(self, provider: str, halt: Halt) -> None:
        heard = self._heard.get(halt.symbol)
        if heard is None:
            return
        if halt.halted:
            heard.halts[provider] = halt.words
        else:
            heard.halts.pop(provider, None)
        self._agenda.touch(halt.symbol)

    def _line_changed(self, provider: str) -> None:
        if not self._lines[provider].connected:
            for heard in self._heard.values():
                heard.streamed.pop(provider, None)
                heard.halts.pop(provider, None)
        self._quoted = self._quoted and any(line.connected for line in self._lines.values())
        for symbol in self._heard:
            self._agenda.touch(symbol)
        self._allocate()
        self._say()

    def _allocate(self) -> None:
        """Share the streams' room out among the symbols; delayed streams take the first ones."""
        quorum = self._parts.policy.quorum
        for names in (self._counted(), self._apart.keys()):
            lines = {name: self._lines[name] for name in names if self._lines[name].room}
            room = {name: line.room for name, line in lines.items()}
            refused = {name: line.refused for name, line in lines.items()}
            for name, those in allocated(self._symbols, room, refused, quorum).items():
                lines[name].subscription.want(those)
        self._lines_changed = True
        self._agenda.wake()

    def _line_states(self) -> LinesEvent:
        return LinesEvent(
            {
                name: LineState(
                    connected=line.connected,
                    words=line.words,
                    streamed=line.subscription.wanted if line.room else frozenset(),
                    room=line.room,
                    refused=line.key_refused,
                )
                for name, line in self._lines.items()
            }
        )

    def _counted(self) -> list[str]:
        """Return the providers whose prices can confirm each other."""
        can = {*_ASKED, Capability.STREAM}
        return [
            name
            for name, one in self._parts.providers.items()
            if name not in self._apart and one.plan.capabilities & can
        ]

    def _last_known(self, provider: str, quote: Quote) -> None:
        """Take the end of a symbol's newest bar for its price, while nobody has said another."""
        heard = self._heard.get(quote.symbol)
        if heard is not None and heard.told is None:
            self.polled(provider, {quote.symbol: quote}, {})

    # -- what is told ------------------------------------------------------------------------

    def _others_to_tell(self) -> Iterator[SourceEvent]:
        if self._failed is not None:
            raise self._failed
        if self._lines_changed:
            self._lines_changed = False
            yield self._line_states()
        while self._others:
            yield self._others.popleft()

    def _judged(self, symbol: Symbol) -> QuoteEvent | None:
        heard, now = self._heard.get(symbol), self._parts.wall.now()
        if heard is None:
            return None
        found = heard.judge(self._apart, self._silent(symbol, heard), self._parts.policy, now)
        if found is None:
            return None
        found = self._with_hint(found)
        self._agenda.judged(symbol, found.holds_until)
        if heard.told is not None and not differ(found, heard.told):
            return None
        session = self._parts.sessions.session_of(now)
        opened = session.open if session is not None and self._is_open(now) else None
        heard.record.note(now, opened, sound=not found.quote.doubt)
        found = replace(found, agreement=heard.record.so_far(now))
        self._to_minutes(heard.told, found)
        heard.told = found
        return QuoteEvent(found.quote, found)

    def _to_minutes(self, before: Consensus | None, found: Consensus) -> None:
        last = None if before is None else (before.quote.at, before.quote.price)
        quote = found.quote
        if found.standing in _CONFIRMED_ENOUGH and (quote.at, quote.price) != last:
            self._charts.take(quote)

    def _with_hint(self, found: Consensus) -> Consensus:
        hint = self._parts.hint
        if not hint or found.standing is not Standing.UNCONFIRMED or found.halted:
            return found
        return replace(found, quote=replace(found.quote, doubt=f"{found.quote.doubt}; {hint}"))

    def _silent(self, symbol: Symbol, heard: Heard) -> dict[str, str]:
        """Return why each provider that has no price of a symbol has none."""
        return {
            name: self._why_silent(name, symbol, heard)
            for name in (*self._counted(), *self._apart)
            if name not in heard.streamed and name not in heard.asked
        }

    def _why_silent(self, name: str, symbol: Symbol, heard: Heard) -> str:
        line = self._lines[name]
        if symbol in line.subscription.wanted and line.room:
            return "connected; no quote of it yet" if line.connected else line.words
        if line.key_refused:
            return line.words
        if symbol in heard.silent:
            return heard.silent[name]
        if symbol in line.refused:
            return line.refused[symbol]
        if self._parts.providers[name].plan.capabilities & _ASKED:
            return "asked every 5 minutes; no answer yet"
        return line.words

    # -- state -------------------------------------------------------------------------------

    def _is_open(self, now: datetime) -> bool:
        return self._parts.sessions.is_open(now)

    def _say(self) -> None:
        event = self._state_now()
        if event != self._state:
            self._state = event
            self._others.append(event)
            self._agenda.wake()

    def _state_now(self) -> StateEvent:
        lines = [line for name, line in self._lines.items() if name not in self._apart]
        lines = [line for line in lines if line.room or line.words != "not connected yet"]
        if not lines:
            return StateEvent(SourceState.NO_DATA, "No provider of real-time prices is set up")
        connected = sum(line.connected for line in lines)
        of = f"{connected} of {len(lines)} sources connected"
        lost = "; ".join(f"{line.name}: {line.words}" for line in lines if not line.connected)
        if not connected:
            return StateEvent(SourceState.NO_DATA, f"{of}; {lost}; trying again")
        words = f"{of}; {lost}" if lost else of
        now = self._parts.wall.now()
        if not self._is_open(now):
            return StateEvent(SourceState.OK, f"{words}. {self._parts.sessions.state(now).words}")
        if not self._quoted:
            return StateEvent(SourceState.NO_DATA, f"{words}; waiting for the first quote")
        return StateEvent(SourceState.OK, words)

    def _bar(self, bar: Bar) -> None:
        self._others.append(BarEvent(bar))
        self._agenda.wake()

    async def _watched(self, work: Coroutine[None, None, None]) -> None:
        """Run one of the endless works; its death is told to whoever reads the events."""
        try:
            await work
        except Exception as error:  # noqa: BLE001  # raised again by events()
            self._failed = error
            self._agenda.wake()


def _apart(plan: Plan) -> str:
    """Return why a plan's prices cannot confirm one; empty in real time."""
    match plan.timeliness:
        case Timeliness.REAL_TIME:
            return ""
        case Timeliness.END_OF_DAY:
            return "closing prices only"
        case Timeliness.DELAYED:
            minutes = plan.delay.total_seconds() / 60
            return f"delayed by {minutes:.0f} min" if minutes else "delayed"
