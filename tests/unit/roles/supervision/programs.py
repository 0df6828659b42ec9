"""Small real programs that stand for roles, and a recorder of what a supervisor tells."""

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from qt_trade.roles.supervision.child import Surroundings
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.reporting import Event
from qt_trade.roles.supervision.supervisor import Supervisor

WAIT_S = 20.0

_READY = "import os, signal, sys\nos.write(int(os.environ['QTRADE_READY_FD']), b'ready\\n')\n"

# Blocked before it is ready, so that no signal falls between being ready and waiting for it.
OBEDIENT = (
    "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
    f"{_READY}signal.sigwait({{signal.SIGTERM}})\n"
)
DEAF = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{_READY}signal.pause()\n"
NEVER_READY = "import signal\nsignal.pause()\n"
SAYS_ITS_RESTARTS = (
    "import os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
    "print('restarts', os.environ.get('QTRADE_RUN__RESTARTS'), flush=True)\n"
    f"{_READY}signal.sigwait({{signal.SIGTERM}})\n"
)
DIES = "import sys\nprint('no such feed', flush=True)\nsys.exit(3)\n"
DIES_WHEN_READY = f"{_READY}sys.exit(3)\n"
CLOSED_BY_THE_USER = f"{_READY}sys.exit(0)\n"


def program(name: str, source: str, *arguments: str, **fields: Any) -> ProcessSpec:
    """Return a process that runs a piece of Python."""
    argv = (sys.executable, "-I", "-S", "-c", source, *arguments)
    return ProcessSpec(name=name, argv=argv, **fields)


def these(*specs: ProcessSpec) -> Callable[[], Awaitable[Sequence[ProcessSpec]]]:
    """Return a stage's ``processes`` for specs that are known beforehand."""

    async def known() -> Sequence[ProcessSpec]:
        return specs

    return known


class Recorder:
    """Remembers every event and lets a test wait for one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        task = asyncio.ensure_future(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(holds)


class SmallestDelays(random.Random):
    """Draws the least of each range and remembers the ranges' upper ends."""

    def __init__(self) -> None:
        super().__init__(0)
        self.bounds: list[float] = []

    def uniform(self, a: float, b: float) -> float:
        self.bounds.append(b)
        return a


def supervisor(
    folder: Path, recorder: Recorder, rng: random.Random | None = None, **env: str
) -> Supervisor:
    folder.mkdir(exist_ok=True)
    return Supervisor(Surroundings(folder, env), recorder, rng or SmallestDelays())
