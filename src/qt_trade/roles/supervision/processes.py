"""What a process of a run is: its program, how it tells it is ready, how it ends."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")


BARE_ENVIRONMENT: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""For servers: nothing of the person's keys, and nothing that would change how they work."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The user a server runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process of a run.

    ``env`` is laid over the run's environment, or with ``bare`` over next to nothing. ``answers``: asked again and again until it says
    True, for servers; without it the process itself writes a line to the descriptor in
    ``QTRADE_READY_FD``. ``critical``: the run is over when it cannot be started at all.
    ``ends_run``: when it ends with code 0 (the window was closed), everything ends.
    ``death_signal``: what the kernel sends it when the supervisor dies. ``lock``: held by the
    process while it lives; a second one waits for it.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    answers: Callable[[], bool] | None = None
    ready_timeout_s: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace_s: float = 8.0
    restart: bool = True
    critical: bool = True
    ends_run: bool = False
    death_signal: signal.Signals = signal.SIGKILL
    lock: Path | None = None
    owner: Owner | None = None
    cwd: Path | None = None
    bare: bool = False

    def command(self) -> list[str]:
        """Return the command line that starts the process as a child of this one."""
        told = [f"parent={os.getpid()}", f"death_signal={int(self.death_signal)}"]
        if self.lock is not None:
            told.append(f"lock={self.lock}")
        if self.owner is not None:
            told.append(f"owner={self.owner.uid}:{self.owner.gid}")
        return [sys.executable, "-I", "-S", str(_LAUNCH), *told, "--", *self.argv]
