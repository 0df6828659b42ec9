"""What goes wrong, and when: each seed draws some kinds of faults and their moments."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from qt_trade.model.broker_errors import BrokerAwayError
from qt_trade.model.orders import Side
from qt_trade.model.shares import Shares
from qt_trade.roles.engine.dealer import UnfitError
from qt_trade.roles.simulate.engine import run_engine
from qt_trade.roles.simulate.loop import LIFE, Life
from qt_trade.roles.simulate.world import SYMBOLS, World
from qt_trade.storage.errors import FencedError, UncertainError
from qt_trade.trading.events import Event, OrderApproved

CRASH_WITHIN_TURNS = 900
"""An engine does about this much in a minute of simulated work."""
BUSY_TURNS = 8.0
"""An approved order is sent after about so many turns, and booked a few later."""
RESTART_MAX_S = 2.0
PAUSE_MAX_S = 14.0
AWAY_MAX_S = 15.0
TROUBLE = 0.25
_EXPECTED = (FencedError, UnfitError, UncertainError, BrokerAwayError)
"""What may end an engine: it is no longer the leader, or only a fresh start knows."""


class Slot:
    """A supervisor's place: whoever dies in it is started again."""

    def __init__(self, world: World, name: str) -> None:
        self._w = world
        self._rng = world.chance(6 + len(name))
        self._name = name
        self._died = asyncio.Event()
        self.life: Life | None = None
        self.crashes = False
        self.pauses = False
        self.first_dies_at: int | None = None
        world.store.listeners.append(self.on_commit)

    async def run(self) -> None:
        """Keep an engine in the place, until cancelled."""
        while True:
            self.life = Life(self._name, self.first_dies_at or self._dies_at())
            self.first_dies_at = None
            self._died.clear()
            task = self._w.loop.spawn(self.life, run_engine(self._w, self._name))
            task.add_done_callback(self._on_end)
            await self._died.wait()
            await asyncio.sleep(self._rng.random() * RESTART_MAX_S)

    def _dies_at(self) -> int | None:
        """Draw when the next engine dies: at any moment, or (None) when an order is on its way."""
        anywhere = self.crashes and self._rng.random() < 0.5  # noqa: PLR2004  # half of them
        return self._rng.randrange(1, CRASH_WITHIN_TURNS) if anywhere else None

    def on_commit(self, events: Sequence[Event], _token: int) -> None:
        """Hear what was journalled: with an order on its way death is most instructive."""
        life = self.life
        ours = life is not None and LIFE.get() is life
        if life is None or not ours or not any(isinstance(one, OrderApproved) for one in events):
            return
        if self.crashes and life.dies_at is None:
            life.dies_at = life.turns + 1 + int(self._rng.expovariate(1 / BUSY_TURNS))
        if self.pauses and life.pauses_at is None:
            life.pauses_at = life.turns + 1 + int(self._rng.expovariate(1 / BUSY_TURNS))

    def on_death(self) -> None:
        """Hear that the process was killed."""
        self._w.witness.fault("engine killed at an await", f"{self._name}")
        self._w.witness.counts["crashes"] += 1
        self._died.set()

    def stop_pausing(self) -> Life | None:
        """Pause nobody any more who is not paused; return who lives here."""
        self.pauses = False
        if self.life is None or not self.life.alive:
            return None
        self.life.pauses_at = None
        return self.life

    def spare(self) -> None:
        """Let the engine that lives live on."""
        self.crashes = False
        if self.life is not None:
            self.life.dies_at = None

    def _on_end(self, task: asyncio.Task[object]) -> None:
        if self.life is not None:
            self.life.alive = False
        error = None if task.cancelled() else task.exception()
        for one in _leaves(error):
            self._w.witness.note(f"{self._name} ends: {one!r}")
            if not isinstance(one, _EXPECTED):
                self._w.witness.violated("the engine stands", f"{self._name} fell over: {one!r}")
        self._died.set()


def _leaves(error: BaseException | None) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [] if error is None else [error]


class Fates:
    """Draws and carries out the faults of one seed."""

    def __init__(self, world: World, slots: list[Slot], until_s: float) -> None:
        self._w = world
        self._rng = world.chance(9)
        self._slots = slots
        self._until_s = until_s
        kinds: tuple[Callable[[], Awaitable[None]], ...] = (
            self._pause, self._postgres_away, self._redis_away, self._mute, self._broker_away,
            self._halt, self._refuse, self._stranger, self._stale,
        )  # fmt: skip
        self._kinds = [kind for kind in kinds if self._rng.random() < 0.5]  # noqa: PLR2004
        world.network.trouble = self._rng.choice((0.0, 0.05, TROUBLE))
        world.store.doubt = self._rng.choice((0.0, 0.0, 0.02))
        crashes = self._rng.random() < 0.8  # noqa: PLR2004
        for slot in slots:
            slot.crashes = crashes

    async def strike(self) -> None:
        """Let one thing after the other go wrong; at the end all is well."""
        while self._kinds and self._w.loop.time() < self._until_s:
            await asyncio.sleep(self._rng.expovariate(1 / 15.0))
            await self._rng.choice(self._kinds)()

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        world = self._w
        world.network.trouble = world.store.doubt = 0.0
        world.mail.calm = True
        world.exchange.refuses = 0
        for slot in self._slots:
            slot.spare()

    async def _pause(self) -> None:
        """Let an engine stand still with an order on its way, or anywhere when none comes."""
        for slot in self._slots:
            slot.pauses = True
        await asyncio.sleep(self._rng.random() * PAUSE_MAX_S)
        lives = [life for slot in self._slots if (life := slot.stop_pausing()) is not None]
        paused = [life for life in lives if life.paused] or self._rng.sample(
            lives, min(1, len(lives))
        )
        seconds = self._rng.random() * PAUSE_MAX_S
        for life in paused:
            self._w.witness.fault("engine paused", f"{life.name} for {seconds:.1f} s")
            self._w.loop.pause(life)
        await asyncio.sleep(seconds)
        for life in paused:
            self._w.witness.note(f"{life.name} wakes")
            self._w.loop.wake(life)

    async def _postgres_away(self) -> None:
        async with self._for_a_while("PostgreSQL away"):
            self._w.store.away = True
        self._w.store.away = False

    async def _redis_away(self) -> None:
        async with self._for_a_while("Redis away"):
            self._w.mail.away = True
        self._w.mail.away = False
        for listener in self._w.mail.returns:
            listener()

    async def _mute(self) -> None:
        async with self._for_a_while("broker's stream mute"):
            self._w.network.mute(muted=True)
        self._w.network.mute(muted=False)

    async def _broker_away(self) -> None:
        async with self._for_a_while("broker away"):
            self._w.network.down = True
        self._w.network.down = False

    async def _halt(self) -> None:
        symbol = self._rng.choice(SYMBOLS)
        async with self._for_a_while("symbol halted"):
            self._w.exchange.halted.add(symbol)
        self._w.exchange.halted.discard(symbol)

    async def _stale(self) -> None:
        async with self._for_a_while("quotes stop", longer=3.0):
            self._w.mute_feed = True
        self._w.mute_feed = False

    async def _refuse(self) -> None:
        self._w.witness.fault("broker refuses an order")
        self._w.exchange.refuses += 1

    async def _stranger(self) -> None:
        if self._w.paper:
            return
        self._w.witness.fault("a stranger trades in the account")
        self._w.rules.strangers = True
        self._w.exchange.trade_by_hand(
            self._w.witness.faults["a stranger trades in the account"],
            self._rng.choice(SYMBOLS),
            self._rng.choice(tuple(Side)),
            Shares(self._rng.randrange(1, 20)),
            self._w.wall.now(),
        )

    @asynccontextmanager
    async def _for_a_while(self, kind: str, longer: float = 1.0) -> AsyncIterator[None]:
        """Do what the block does, and wait until it is over."""
        seconds = self._rng.random() * AWAY_MAX_S * longer
        self._w.witness.fault(kind, f"for {seconds:.1f} s")
        yield
        await asyncio.sleep(seconds)
        self._w.witness.note(f"over: {kind}")
