"""Plays a run: stage by stage up, as long as it is wanted, and in reverse order down."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from qt_trade.kit.clock import monotonic
from qt_trade.roles.supervision.child import Surroundings
from qt_trade.roles.supervision.errors import StartError, SupervisionError
from qt_trade.roles.supervision.keeper import Keeper
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.reporting import AllReady, Note, Reporter, Stopping

STOP_TOTAL_S = 30.0
"""The ordered stop is over after so long, whatever the processes' own graces add up to."""

HOOK_S = 5.0
"""So long may a stage's last act take."""

Hook = Callable[[], Awaitable[None]]


class Ending(StrEnum):
    """Why a run ended."""

    INTERRUPTED = "Ctrl-C"
    TERMINATED = "SIGTERM"
    HUNG_UP = "the terminal was closed"
    WINDOW_CLOSED = "the window was closed"
    TIME_OVER = "the time is over"
    ASKED = "asked to stop"
    FAILED = "a part of it failed"


_SIGNALS = {
    signal.SIGINT: Ending.INTERRUPTED,
    signal.SIGTERM: Ending.TERMINATED,
    signal.SIGHUP: Ending.HUNG_UP,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Processes that start together, once all earlier stages are ready.

    ``processes`` is asked when its turn has come, so that it may do what lies between two stages
    (migrate the database, decide the run) and build on it. ``before_stop`` runs when all later
    stages have ended and this one's processes still live.
    """

    name: str
    processes: Callable[[], Awaitable[Sequence[ProcessSpec]]]
    before_stop: Hook | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run went. ``error``: why it failed, in words; ``killed``: who did not end by itself."""

    ending: Ending
    error: str | None
    restarts: dict[str, int]
    killed: tuple[str, ...]
    seconds_to_ready: float | None
    seconds_to_stop: float


class Supervisor:
    """Runs stages once. ``run`` must be called in the main thread (signals, children's lives)."""

    def __init__(self, around: Surroundings, report: Reporter, rng: random.Random) -> None:
        self._around = around
        self._report = report
        self._rng = rng
        self._up: list[tuple[Stage, list[Keeper]]] = []
        self._ending: Ending | None = None
        self._error: SupervisionError | None = None
        self._asked = asyncio.Event()
        self._hurry = asyncio.Event()
        self._seconds_to_ready: float | None = None
        self._killed: list[str] = []

    @property
    def pids(self) -> dict[str, int]:
        """The processes that live now."""
        keepers = (keeper for _, keepers in self._up for keeper in keepers)
        return {keeper.spec.name: keeper.pid for keeper in keepers if keeper.pid is not None}

    @property
    def restarts(self) -> dict[str, int]:
        """How often each process was started again."""
        return {keeper.spec.name: keeper.restarts for _, ks in self._up for keeper in ks}

    def stop(self, ending: Ending = Ending.ASKED) -> None:
        """Begin the ordered stop; a second call makes it a fast one."""
        if self._asked.is_set():
            self._hurry.set()
            return
        self._ending = ending
        self._asked.set()

    async def run(
        self,
        stages: Sequence[Stage],
        *,
        on_ready: Hook | None = None,
        run_for_s: float | None = None,
    ) -> RunResult:
        """Start everything, stay until asked, stop everything in order.

        ``run_for_s`` counts wall seconds from the moment all are ready and ``on_ready`` is
        through. What a stage or hook raises is raised again after the stop, except
        SupervisionError, which becomes the result's ``error``.
        """
        with self._signals():
            try:
                await self._until_asked(self._play(stages, on_ready, run_for_s))
            except SupervisionError as error:
                self._fail(error)
            finally:
                seconds_to_stop = await self._stop_all()
        return RunResult(
            ending=self._ending or Ending.ASKED,
            error=None if self._error is None else str(self._error),
            restarts=self.restarts,
            killed=tuple(self._killed),
            seconds_to_ready=self._seconds_to_ready,
            seconds_to_stop=seconds_to_stop,
        )

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        # Under nohup the terminal may close; Ctrl-C is always meant.
        caught = [
            number
            for number in _SIGNALS
            if number is signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN
        ]
        for number in caught:
            loop.add_signal_handler(number, self.stop, _SIGNALS[number])
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)

    async def _until_asked(self, work: Awaitable[None]) -> None:
        playing = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait((playing, asked), return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                playing.result()
        finally:
            for task in (playing, asked):
                task.cancel()
            await asyncio.gather(playing, asked, return_exceptions=True)

    async def _play(
        self, stages: Sequence[Stage], on_ready: Hook | None, run_for_s: float | None
    ) -> None:
        started = monotonic()
        for stage in stages:
            await self._start(stage)
        self._seconds_to_ready = monotonic() - started
        self._report(AllReady(self._seconds_to_ready))
        if on_ready is not None:
            await on_ready()
        if run_for_s is None:
            await self._asked.wait()
        else:
            await asyncio.sleep(run_for_s)
            self.stop(Ending.TIME_OVER)

    async def _start(self, stage: Stage) -> None:
        keepers: list[Keeper] = []
        self._up.append((stage, keepers))
        keepers.extend(
            Keeper(spec, self._around, self._report, self._rng, self._end_run)
            for spec in await stage.processes()
        )
        for keeper in keepers:
            await keeper.settled.wait()

    def _end_run(self, error: StartError | None) -> None:
        if error is not None:
            self._fail(error)
        elif not self._asked.is_set():
            self.stop(Ending.WINDOW_CLOSED)

    def _fail(self, error: SupervisionError) -> None:
        if self._asked.is_set():
            return
        self._error = error
        self.stop(Ending.FAILED)

    async def _stop_all(self) -> float:
        started = monotonic()
        if not self._asked.is_set():
            self.stop(Ending.FAILED)
        self._report(Stopping(self._ending or Ending.ASKED))
        for _, keepers in self._up:
            for keeper in keepers:
                keeper.retire()
        for stage, keepers in reversed(self._up):
            if stage.before_stop is not None:
                await self._last_act(stage.name, stage.before_stop)
            left = max(0.0, STOP_TOTAL_S - (monotonic() - started))
            await asyncio.gather(*(self._stop_one(keeper, left) for keeper in keepers))
        return monotonic() - started

    async def _stop_one(self, keeper: Keeper, left_s: float) -> None:
        if await keeper.stop(min(keeper.spec.stop_grace_s, left_s), self._hurry):
            self._killed.append(keeper.spec.name)

    async def _last_act(self, name: str, hook: Hook) -> None:
        try:
            async with asyncio.timeout(HOOK_S):
                await hook()
        except Exception as error:  # noqa: BLE001  # told, and no process may live on because of it
            self._report(Note(f"the end of {name} went wrong: {error!r}"))
