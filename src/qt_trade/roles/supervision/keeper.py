"""Keeps one process alive: starts it, notices its death, starts it again, ends it when asked."""

import asyncio
import random
import signal
from collections.abc import Callable
from dataclasses import replace

from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import monotonic
from qt_trade.roles.supervision.child import Child, Surroundings, start_child
from qt_trade.roles.supervision.errors import StartError
from qt_trade.roles.supervision.log_files import last_lines, log_path
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.reporting import (
    Died,
    Ready,
    Reporter,
    Restarted,
    Starting,
    Stopped,
)

FIRST_TRIES_MAX = 3
"""A process that dies so often before it was ready once does not come up by itself."""

STEADY_S = 30.0
"""After so long a life a process has recovered: its next death is the first again."""

RESTARTS = "QTRADE_RUN__RESTARTS"
PLACE = "QTRADE_RUN__PLACE"
"""Whoever has it may take over at once from the one before: a keeper saw that one die."""

_BACKOFF_BASE_S = 0.5
_BACKOFF_CEILING_S = 10.0
_LAST_WAIT_S = 5.0

# The run is over: None, the window was closed; else why it cannot go on.
EndRun = Callable[[StartError | None], None]


def cause_of(code: int) -> str:
    """Return an exit code or a negative signal number in words."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


class Keeper:
    """One process of a run, over all its lives."""

    def __init__(
        self,
        spec: ProcessSpec,
        around: Surroundings,
        report: Reporter,
        rng: random.Random,
        end_run: EndRun,
    ) -> None:
        self.spec = spec
        self.restarts = 0
        self.settled = asyncio.Event()
        """Set when it was ready once, or when nobody needs to wait for it any more."""
        self._around = around
        self._report = report
        self._end_run = end_run
        self._backoff = Backoff(_BACKOFF_BASE_S, _BACKOFF_CEILING_S, rng)
        self._place = f"{spec.name}-{rng.getrandbits(64):016x}"
        self._deaths_in_row = 0
        self._was_ready = False
        self._child: Child | None = None
        self._stopping = False
        self._report(Starting(spec.name))
        self._task = asyncio.ensure_future(self._keep())

    @property
    def pid(self) -> int | None:
        """The id of the process that lives now."""
        return None if self._child is None else self._child.pid

    def retire(self) -> None:
        """Let the process live, but start it no more."""
        self._stopping = True
        if self._child is None:
            self._task.cancel()

    async def stop(self, grace_s: float, hurry: asyncio.Event) -> bool:
        """End the process for good; return whether it had to be killed."""
        self.retire()
        killed = self._child is not None and await self._child.stop(grace_s, hurry)
        await asyncio.wait((self._task,), timeout=_LAST_WAIT_S)
        self._task.cancel()
        self._report(Stopped(self.spec.name, killed))
        return killed

    async def _keep(self) -> None:
        again = True
        while again:
            started = monotonic()
            try:
                self._child = await start_child(self._spec_of_this_life(), self._around)
            except OSError as error:
                self._end_run(StartError(f"{self.spec.name} cannot be started: {error}"))
                return
            late = not await self._become_ready(self._child, started)
            code = await self._child.ended()
            self._child = None
            cause = f"not ready after {self.spec.ready_timeout_s:g} s" if late else cause_of(code)
            again = not self._stopping and await self._mourn(code, cause, monotonic() - started)
            self.restarts += again

    def _spec_of_this_life(self) -> ProcessSpec:
        """Return how to start it: in its place, and told how often it was started again."""
        if self.spec.bare:
            return self.spec
        told = {PLACE: self._place}
        if self.restarts:
            told[RESTARTS] = str(self.restarts)
        return replace(self.spec, env={**self.spec.env, **told})

    async def _become_ready(self, child: Child, started: float) -> bool:
        """Wait for it to be ready; return False when it had to be killed for being late."""
        if not await child.ready():
            late = child.kill()
            return not late
        seconds = monotonic() - started
        if self._was_ready:
            self._report(Restarted(self.spec.name, self.restarts, seconds))
        else:
            self._report(Ready(self.spec.name, seconds))
        self._was_ready = True
        self.settled.set()
        return True

    async def _mourn(self, code: int, cause: str, lived_s: float) -> bool:
        """Return whether to start it again, after the wait that is due."""
        if code == 0 and self.spec.ends_run:
            self._end_run(None)
            return False
        if lived_s >= STEADY_S and self._was_ready:
            self._deaths_in_row = 0
            self._backoff.reset()
        self._deaths_in_row += 1
        wait = None if self._is_hopeless() else self._next_wait()
        log = log_path(self._around.logs, self.spec.name)
        self._report(Died(self.spec.name, cause, wait, log))
        if not self.spec.critical:
            self.settled.set()
        elif wait is None:
            text = f"{self.spec.name} does not stay up ({cause}); the end of {log}:"
            self._end_run(StartError(f"{text}\n{last_lines(log)}"))
        if wait is not None:
            await asyncio.sleep(wait)
        return wait is not None

    def _is_hopeless(self) -> bool:
        if not self.spec.restart:
            return True
        untried = self.spec.critical and not self._was_ready
        return untried and self._deaths_in_row >= FIRST_TRIES_MAX

    def _next_wait(self) -> float:
        # At once the first time: most deaths are accidents.
        return 0.0 if self._deaths_in_row == 1 else self._backoff.next_delay()
