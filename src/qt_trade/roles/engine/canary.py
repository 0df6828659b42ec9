"""The canary's flight through the engine, step by step, and the canaries that did not come.

Nothing of it can be mistaken for trading: it asks, judges a share nobody wants, and writes only its
own document and the lease's next minute.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Command
from qt_trade.contract.errors import ContractError, InvalidMessageError
from qt_trade.contract.payloads.health import Canary, CanaryProbe, CanaryStep
from qt_trade.contract.payloads.sessions import ActiveSessions
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.orders import Order, OrderOrigin, OrderType, Side, TimeInForce
from qt_trade.model.shares import Shares
from qt_trade.roles.engine.dealer import Dealer, UnfitError
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.patience import until_answered
from qt_trade.roles.work import Work
from qt_trade.storage.errors import StorageError
from qt_trade.trading.risk import judge

RECENT_KEPT = 40
RETRY_S = 0.5

_COMMANDS: tuple[Command[Any], ...] = (
    registry.EMERGENCY_ACTIONS,
    registry.MANUAL_ORDERS,
    registry.SESSION_ACTIONS,
    registry.TRADING_CYCLE,
)
_BREAKS = (ContractError, JournalAwayError, StorageError, UnfitError, OSError, TimeoutError)
"""What a broken link of the chain raises."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often canaries fly, and how long one may take."""

    every: timedelta = timedelta(seconds=registry.CANARY_EVERY_S)
    limit: timedelta = timedelta(seconds=registry.CANARY_LIMIT_S)


STEADY = Rhythm()


@dataclass(slots=True)
class _Flight:
    """One canary under way."""

    probe: CanaryProbe
    now: Callable[[], datetime]
    steps: list[CanaryStep] = field(default_factory=list)

    def elapsed_ms(self) -> float:
        passed = self.now() - self.probe.ts
        return round(max(0.0, passed / timedelta(milliseconds=1)), 2)

    def arrive(self) -> None:
        """Note the first step: it has come from the streamer."""
        words = "streamer, Redis, engine"
        self._add("feed", words, 0.0, self.elapsed_ms())

    async def step(self, name: str, do: Callable[[], Awaitable[str]]) -> None:
        """Take a step and its time. Raises what breaks it, after noting it."""
        begun = self.elapsed_ms()
        try:
            words = await do()
        except (*_BREAKS, asyncio.CancelledError) as broken:
            why = str(broken) or f"no answer within {registry.CANARY_LIMIT_S:g} s"
            self._add(name, why, begun, None, ok=False)
            raise
        self._add(name, words, begun, max(0.0, round(self.elapsed_ms() - begun, 2)))

    def pending(self, name: str, words: str) -> CanaryStep:
        """Return a step that is not over yet."""
        return _step(name, words, self.elapsed_ms(), None, ok=True)

    def _add(
        self, name: str, words: str, begun: float, took: float | None, *, ok: bool = True
    ) -> None:
        self.steps.append(_step(name, words, begun, took, ok=ok))


def _step(name: str, words: str, begun: float, took: float | None, *, ok: bool) -> CanaryStep:
    return CanaryStep(name=name, words=words[:500], begun_ms=begun, took_ms=took, ok=ok)


class CanaryWatch:
    """Carries each canary through the engine's part of the chain, and misses those that stay away.

    ``commit``: a commit in PostgreSQL that changes nothing of the trading.
    """

    def __init__(
        self,
        bus: Bus,
        dealer: Dealer,
        stamp: Stamp,
        work: Work,
        commit: Callable[[], Awaitable[float]],
        changed: Callable[[], None],
        rhythm: Rhythm = STEADY,
    ) -> None:
        self._bus = bus
        self._dealer = dealer
        self._stamp = stamp
        self._work = work
        self._commit = commit
        self._changed = changed
        self._rhythm = rhythm
        self._came: deque[CanaryProbe] = deque(maxlen=RECENT_KEPT)
        self._news = asyncio.Event()
        self._echo: asyncio.Future[None] | None = None
        self._echoes = -1
        self._recent: deque[float | None] = deque(maxlen=RECENT_KEPT)
        self._arrived = 0
        self._failed = 0
        self._last_number: int | None = None
        self._missing_from = stamp.wall.now()
        self._desk: CanaryStep | None = None
        self._log = get_logger()
        self.last: Canary | None = None
        """The newest one; None before the first."""
        self.seen: datetime | None = None
        """When the streamer's last canary came."""
        self.commands_waiting = 0
        """How many commands were not answered yet when the last canary came by."""
        self.own_error = ""
        """Why the engine's part of the chain does not work; empty while it does."""

    async def begin(self) -> None:
        """Listen for canaries, for their echo, and for what the desktops say of them."""
        await self._count_on()
        await self._bus.subscribe(registry.CANARY_PROBE, self.on_probe, self._stamp.run_id)
        await self._bus.watch(registry.CANARY, self._on_echo)
        await self._bus.watch(registry.SESSIONS_ACTIVE, self._on_sessions)

    async def _count_on(self) -> None:
        """Go on with the counts of an engine that this run had before."""
        try:
            before = await until_answered(lambda: self._bus.read(registry.CANARY))
        except InvalidMessageError:
            return
        if before is not None and before.value.run_id == self._stamp.run_id:
            self._last_number = before.value.number
            self._arrived, self._failed = before.value.arrived, before.value.failed
            self._recent.extend(before.value.recent_ms)

    def on_probe(self, probe: CanaryProbe) -> None:
        """Take a canary that came from the streamer."""
        self.seen = self._missing_from = self._stamp.wall.now()
        self._came.append(probe)
        self._news.set()

    async def run(self) -> None:
        """Carry canaries and miss them, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._patience_s()):
                    await self._news.wait()
            except TimeoutError:
                if not self._came:
                    await self._miss()
                    continue
            self._news.clear()
            while self._came:
                await self._take(self._came.popleft())

    def _patience_s(self) -> float:
        due = self._missing_from + self._rhythm.every + self._rhythm.limit
        return max(0.0, (due - self._stamp.wall.now()).total_seconds())

    async def _miss(self) -> None:
        """Count the canary that should have come by now."""
        self._missing_from += self._rhythm.every
        if self._last_number is not None:
            self._last_number += 1
        now = self._stamp.wall.now()
        since = "yet" if self.seen is None else f"since {self.seen:%H:%M:%S} UTC"
        words = f"no canary has come from the streamer {since}"
        missing = _step("feed", words, 0.0, None, ok=False)
        self._lose(1)
        await self._write(self._canary(self._last_number or 0, now, [missing], words=words))

    async def _take(self, probe: CanaryProbe) -> None:
        before, self._last_number = self._last_number, probe.number
        if before is not None:
            # Numbers are those of the run's clock: what lies between two was never made, or lost.
            self._lose(max(0, probe.number - before - 1))
        flight = _Flight(probe, self._stamp.wall.now)
        flight.arrive()
        left_s = self._rhythm.limit.total_seconds() - flight.elapsed_ms() / 1000
        try:
            async with asyncio.timeout(max(0.0, left_s)):
                await self._fly(flight)
        except _BREAKS:
            await self._fall(flight)

    async def _fly(self, flight: _Flight) -> None:
        for name, do in (
            ("engine", self._checks),
            ("risk", self._judge),
            ("broker", self._ask_broker),
            ("ledger", self._ask_ledger),
        ):
            await flight.step(name, do)
        await flight.step("redis", lambda: self._be_seen(flight))
        total = flight.elapsed_ms()
        self._arrived += 1
        self._recent.append(total)
        self.own_error = ""
        number = flight.probe.number
        self._work.proved(f"canary {number}")
        words = f"canary {number} went through the whole chain"
        await self._write(self._canary(number, flight.probe.ts, flight.steps, words, total))

    async def _fall(self, flight: _Flight) -> None:
        last = flight.steps[-1]
        words = f"{last.name}: {last.words}"
        if last.ok:
            words = f"it was on its way for more than {self._rhythm.limit.total_seconds():g} s"
        self.own_error = words if last.name != "feed" else self.own_error
        self._lose(1)
        self._log.warning("canary.lost", number=flight.probe.number, words=words)
        await self._write(
            self._canary(flight.probe.number, flight.probe.ts, flight.steps, words=words)
        )

    def _lose(self, count: int) -> None:
        self._failed += count
        self._recent.extend([None] * min(count, RECENT_KEPT))

    async def _checks(self) -> str:
        lengths = [await self._bus.length(command) for command in _COMMANDS]
        self.commands_waiting = sum(lengths)
        checks = self._dealer.core.checks(self._dealer.now())
        passed = sum(check.passed for check in checks)
        waiting = _plural(self.commands_waiting, "command")
        return f"{passed} of {len(checks)} checks pass, {waiting} waiting"

    async def _judge(self) -> str:
        """Judge a share nobody wants: the verdict is read and thrown away."""
        now, core = self._dealer.now(), self._dealer.core
        book, limits = core.book(now), core.limits
        if limits is None:
            return "no limits are set, so nothing opens"
        symbol = next(iter(book.quotes), None)
        if symbol is None:
            return "no quote yet that an order could be judged by"
        order = Order(
            order_id="canary",
            symbol=symbol,
            side=Side.BUY,
            quantity=Shares(1),
            order_type=OrderType.MARKET,
            limit_price=None,
            time_in_force=TimeInForce.DAY,
            origin=OrderOrigin.MANUAL,
            reason="never sent",
            created_at=now.wall,
        )
        verdicts = judge(order, book, limits).verdicts
        passed = sum(verdict.passed for verdict in verdicts)
        return f"{passed} of {len(verdicts)} rules would let a share of {symbol} pass"

    async def _ask_broker(self) -> str:
        orders = await self._dealer.broker_orders()
        return f"{self._dealer.broker_name}, {_plural(len(orders), 'order')} in its book"

    async def _ask_ledger(self) -> str:
        await self._commit()
        return "PostgreSQL commit"

    async def _be_seen(self, flight: _Flight) -> str:
        """Write the document and wait until its own watcher has it back from the server."""
        self._echoes = flight.probe.number
        self._echo = asyncio.get_running_loop().create_future()
        steps = [*flight.steps, flight.pending("redis", "written, not seen back yet")]
        words = f"canary {flight.probe.number} is on its way"
        so_far = flight.elapsed_ms()
        canary = self._canary(flight.probe.number, flight.probe.ts, steps, words, so_far)
        await self._bus.write(registry.CANARY, canary)
        await self._echo
        return "written and seen back"

    def _on_echo(self, change: Change[Canary]) -> None:
        seen, echo = change.value, self._echo
        if seen is not None and seen.number == self._echoes and echo and not echo.done():
            echo.set_result(None)

    def _on_sessions(self, change: Change[ActiveSessions]) -> None:
        sessions = () if change.value is None else change.value.sessions
        told = [(one.delay_ms, one.name) for one in sessions if one.delay_ms is not None]
        self._desk = None
        if told:
            delay_ms, name = max(told)
            count = "" if len(told) == 1 else f", the slowest of {len(told)}"
            self._desk = _step("desk", f"from start to {name}{count}", 0.0, delay_ms, ok=True)

    def _canary(
        self,
        number: int,
        started: datetime,
        steps: list[CanaryStep],
        words: str,
        total: float | None = None,
    ) -> Canary:
        desk = [] if self._desk is None or total is None else [self._desk]
        return Canary(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            run_id=self._stamp.run_id,
            number=max(0, number),
            started=started,
            every_s=self._rhythm.every.total_seconds(),
            limit_ms=self._rhythm.limit.total_seconds() * 1000,
            ok=total is not None,
            words=words[:1000],
            total_ms=total,
            steps=(*steps, *desk),
            arrived=self._arrived,
            failed=self._failed,
            recent_ms=tuple(self._recent),
        )

    async def _write(self, canary: Canary) -> None:
        self.last = canary
        self._changed()
        try:
            await self._bus.write(registry.CANARY, canary)
        except ContractError as away:
            # The next one tells; that there is none for so long tells, too.
            self._log.debug("canary.not_written", words=str(away))


def _plural(count: int, what: str) -> str:
    """Return a number of things in words."""
    return f"{count} {what}{'' if count == 1 else 's'}"
