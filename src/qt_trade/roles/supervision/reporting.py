"""What a supervisor tells about its run; a reporter is any callable that takes an event."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from qt_trade.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Starting:
    """A process was started for the first time."""

    name: str


@dataclass(frozen=True, slots=True)
class Ready:
    """It does its work now, so many seconds after its start."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Died:
    """A process ended without being asked.

    ``cause``: "exit code 1", "killed by SIGKILL" or the like. ``next_start_s``: seconds until it
    is started again; None: it stays down.
    """

    name: str
    cause: str
    next_start_s: float | None
    log: Path


@dataclass(frozen=True, slots=True)
class Restarted:
    """It is ready again, so many seconds after this start; ``restarts``: how often by now."""

    name: str
    restarts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class AllReady:
    """Every process is ready, so many seconds after the first was started."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stopping:
    """The ordered stop begins."""

    why: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """A process has ended because it was asked to; ``killed``: it did not listen."""

    name: str
    killed: bool


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a line."""

    text: str


Event = Starting | Ready | Died | Restarted | AllReady | Stopping | Stopped | Note
Reporter = Callable[[Event], None]

_NAMES: dict[type[Event], str] = {
    Starting: "role.starting",
    Ready: "role.ready",
    Died: "role.died",
    Restarted: "role.restarted",
    AllReady: "run.ready",
    Stopping: "run.stopping",
    Stopped: "role.stopped",
    Note: "run.note",
}


def event_lines(out: TextIO, clock: Clock, **always: str) -> Reporter:
    """Return a reporter that writes JSON lines: for programs and for ``logs/supervisor.log``.

    ``always``: fields of every line, such as the feed of the run.
    """

    def write(event: Event) -> None:
        at = clock.now().isoformat()
        fields = {"ts": at, **always, "event": _NAMES[type(event)], **asdict(event)}
        out.write(json.dumps(fields, default=str) + "\n")
        out.flush()

    return write


def several(reporters: Sequence[Reporter]) -> Reporter:
    """Return a reporter that tells them all; one whose terminal is gone is left out then on.

    A closed terminal sends SIGHUP, and the stop that follows must not fail at telling about it.
    """
    listening = list(reporters)

    def tell(event: Event) -> None:
        for reporter in tuple(listening):
            try:
                reporter(event)
            except OSError:
                listening.remove(reporter)

    return tell
