"""An event loop without time and chance of its own, whose processes can die between two lines.

Time jumps to the next thing that is due, so nothing ever sleeps. Of what is ready at the same
moment the seed chooses what goes first. A process (``Life``) that is killed never runs another
line: its tasks are kept, untouched, until the loop is closed, so that not even a ``finally`` of
theirs does anything in the world, just as after SIGKILL.
"""

import asyncio
import heapq
import random
import warnings
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar, copy_context
from datetime import datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

TURNS_AT_ONE_MOMENT_MAX = 20_000
"""More turns without any time passing are a loop that never ends."""
_OUT_OF_ORDER = 0.25


class StuckError(RuntimeError):
    """Nothing is ready and nothing is due, or no time passes any more."""


class Life:
    """One process of the simulation.

    ``turns`` counts how often one of its tasks ran from an await to the next; after ``dies_at``
    turns it is killed there, after ``pauses_at`` turns it stands still there.
    """

    def __init__(self, name: str, dies_at: int | None = None) -> None:
        self.name = name
        self.turns = 0
        self.dies_at = dies_at
        self.pauses_at: int | None = None
        self.alive = True
        self.paused = False
        self.held: list[asyncio.Handle] = []
        self.tasks: list[asyncio.Task[Any]] = []


LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


class VirtualClock:
    """The loop's time as a clock that begins at a moment."""

    def __init__(self, loop: "VirtualLoop", begins: datetime) -> None:
        self._loop = loop
        self._begins = begins

    def now(self) -> datetime:
        return self._begins + timedelta(seconds=self._loop.time())


class VirtualLoop(asyncio.AbstractEventLoop):
    """Just as much of an event loop as tasks, futures, locks and time-outs need."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._time = 0.0
        self._ready: list[tuple[Life | None, asyncio.Handle]] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle, Life | None]] = []
        self._numbers = 0
        self._closed = False
        self._tasks: list[asyncio.Task[Any]] = []
        self.failures: list[BaseException] = []
        self.on_death: Callable[[Life], None] = lambda _life: None

    # What asyncio asks of a loop.

    def time(self) -> float:
        return self._time

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self._closed

    def is_closed(self) -> bool:
        return self._closed

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks.append(task)
        return task

    def call_soon(
        self,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        context = copy_context() if context is None else context
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append((context.get(LIFE), handle))
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self._time + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        context = copy_context() if context is None else context
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._numbers += 1
        heapq.heappush(self._timers, (when, self._numbers, handle, context.get(LIFE)))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Leave it: a cancelled timer is passed over when it is due."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.failures.append(error or RuntimeError(str(context.get("message"))))

    # Processes.

    def spawn(self, life: Life, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Begin a process; whatever it starts belongs to it."""
        context = copy_context()
        context.run(LIFE.set, life)
        return self.create_task(work, name=life.name, context=context)

    def kill(self, life: Life) -> None:
        """Let a process never run another line."""
        if life.alive:
            life.alive = False
            life.held.clear()
            self.on_death(life)

    def pause(self, life: Life) -> None:
        """Let a process stand still where it is."""
        life.paused = True

    def wake(self, life: Life) -> None:
        """Let a paused process go on; meanwhile time has passed without it."""
        life.paused = False
        if life.alive:
            self._ready.extend((life, handle) for handle in life.held)
        life.held.clear()

    # Running.

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run until a coroutine, and return what it returns. Raises StuckError."""
        with _running(self):
            task = self.create_task(main, name="main")
            turns, moment = 0, self._time
            while not task.done():
                self._turn()
                turns = turns + 1 if self._time == moment else 0
                moment = self._time
                if turns > TURNS_AT_ONE_MOMENT_MAX:
                    raise StuckError(f"no time passes any more at {self._time:.3f} s")
            return task.result()

    def close(self) -> None:
        """Take apart whatever was left behind; nothing of it reaches the world any more."""
        self._closed = True
        self._ready.clear()
        self._timers.clear()
        # What a dead process was about to await is not worth a warning.
        with _running(self), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            for task in self._tasks:
                if not task.done():
                    task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001
                    coroutine = task.get_coro()
                    # A coroutine that awaits while it is closed, or that still runs.
                    with suppress(RuntimeError, ValueError):
                        coroutine.close()
                elif not task.cancelled():
                    task.exception()
        self._ready.clear()
        self._tasks.clear()

    def _turn(self) -> None:
        if not self._ready:
            self._next_moment()
            return
        place = 0
        if len(self._ready) > 1 and self._rng.random() < _OUT_OF_ORDER:
            place = self._rng.randrange(len(self._ready))
        life, handle = self._ready.pop(place)
        if handle.cancelled():
            return
        if life is None:
            handle._run()  # noqa: SLF001  # this is the loop
        elif life.paused:
            life.held.append(handle)
        elif life.alive:
            handle._run()  # noqa: SLF001
            life.turns += 1
            life.paused = life.turns == life.pauses_at
            if life.turns == life.dies_at:
                self.kill(life)

    def _next_moment(self) -> None:
        while self._timers:
            when, _, handle, life = heapq.heappop(self._timers)
            if handle.cancelled() or (life is not None and not life.alive):
                continue
            self._time = max(self._time, when)
            self._ready.append((life, handle))
            while self._timers and self._timers[0][0] <= self._time:
                _, _, also, its = heapq.heappop(self._timers)
                self._ready.append((its, also))
            return
        raise StuckError(f"nothing is ready or due at {self._time:.3f} s")


@contextmanager
def _running(loop: VirtualLoop) -> Generator[None]:
    asyncio._set_running_loop(loop)  # noqa: SLF001  # as every loop outside the library does
    try:
        yield
    finally:
        asyncio._set_running_loop(None)  # noqa: SLF001
