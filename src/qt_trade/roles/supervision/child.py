"""One life of a process: started, ready, ended or made to end."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qt_trade.roles.process import READY_FD
from qt_trade.roles.supervision.log_files import log_path, rotate
from qt_trade.roles.supervision.processes import BARE_ENVIRONMENT, ProcessSpec

_PROBE_FIRST_S = 0.01
_PROBE_MOST_S = 0.1
_KILL_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all processes of a run share: the folder of their logs and their environment."""

    logs: Path
    env: Mapping[str, str]


class Child:
    """A running process. Made by :func:`start_child`."""

    def __init__(self, spec: ProcessSpec, process: Process, pipe: int | None) -> None:
        self._spec = spec
        self._process = process
        self._pipe = pipe
        self._ended = asyncio.ensure_future(process.wait())

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ready(self) -> bool:
        """Wait until it says, or shows, that it does its work; False: it ended or ran late."""
        told = asyncio.ensure_future(self._answers() if self._pipe is None else self._says())
        try:
            await asyncio.wait(
                (told, self._ended),
                timeout=self._spec.ready_timeout_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            return told.done() and told.result()
        finally:
            told.cancel()
            await asyncio.gather(told, return_exceptions=True)

    async def ended(self) -> int:
        """Wait for the end; return the exit code, or the negative number of the signal."""
        code = await asyncio.shield(self._ended)
        self._kill_group()
        return code

    def kill(self) -> bool:
        """Kill it; return False when it has ended already."""
        if self._process.returncode is not None:
            return False
        with suppress(ProcessLookupError):
            self._process.kill()
        return True

    async def stop(self, grace_s: float, hurry: asyncio.Event) -> bool:
        """Ask it to end, wait, kill it; return whether it had to be killed."""
        if self._ended.done():
            return False
        with suppress(ProcessLookupError):
            self._process.send_signal(self._spec.stop_signal)
        impatient = asyncio.ensure_future(hurry.wait())
        try:
            await asyncio.wait(
                (self._ended, impatient), timeout=grace_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            impatient.cancel()
        killed = not self._ended.done()
        if killed:
            self.kill()
            await asyncio.wait((self._ended,), timeout=_KILL_WAIT_S)
        self._kill_group()
        return killed

    def _kill_group(self) -> None:
        # A pool's workers and the like: the process led a group of its own.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _answers(self) -> bool:
        answers = self._spec.answers
        delay = _PROBE_FIRST_S
        while answers is not None and not await asyncio.to_thread(answers):
            await asyncio.sleep(delay)
            delay = min(delay * 2, _PROBE_MOST_S)
        return True

    async def _says(self) -> bool:
        pipe, self._pipe = self._pipe, None
        assert pipe is not None  # noqa: S101  # asked for once per life
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
        )
        try:
            line = await reader.readline()
        finally:
            transport.close()
        if line != b"ready\n":
            # It has closed the pipe without a word: it is ending, or will never be ready.
            await asyncio.shield(self._ended)
        return line == b"ready\n"


async def start_child(spec: ProcessSpec, around: Surroundings) -> Child:
    """Start a process in a session of its own, its output appended to its log.

    A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops all in
    order. Must run in the main thread, for the kernel ties the child's life to the thread that
    starts it. Raises OSError.
    """
    log = log_path(around.logs, spec.name)
    rotate(log)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    heard, told = (None, None) if spec.answers is not None else os.pipe()
    env = {**(BARE_ENVIRONMENT if spec.bare else around.env), **spec.env}
    if told is not None:
        env[READY_FD] = str(told)
    try:
        process = await asyncio.create_subprocess_exec(
            *spec.command(),
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
            env=env,
            cwd=spec.cwd,
            pass_fds=() if told is None else (told,),
            start_new_session=True,
        )
    except BaseException:
        if heard is not None:
            os.close(heard)
        raise
    finally:
        os.close(output)
        if told is not None:
            os.close(told)
    return Child(spec, process, heard)
