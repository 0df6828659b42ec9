"""What the desktop knows of the machine behind the figures: roles, canary, log, refused messages."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Entry
from qt_trade.contract.payloads.commands import DeadLetter
from qt_trade.contract.payloads.health import Canary, LogLine, RoleReport
from qt_trade.desktop.latencies import Latencies

LETTERS_KEPT = 200
LINES_KEPT = registry.LOG_LINES.cap
GONE_S = 120.0
"""After this long without a word a process is forgotten when another of its role speaks."""
REDIS, POSTGRES, AI = "Redis", "PostgreSQL", "AI"


@dataclass(frozen=True, slots=True)
class Heard:
    """The last report of a process, and when it came here."""

    report: RoleReport
    at: datetime


@dataclass(frozen=True, slots=True)
class Painted:
    """A canary that was seen on this screen: how long after its start, in milliseconds."""

    run_id: str
    number: int
    after_ms: float


@dataclass(slots=True)
class SystemSnapshot:
    """The last known values. ``changes`` counts what came, so that views need not compare."""

    roles: dict[str, Heard] = field(default_factory=dict)
    letters: deque[Entry[DeadLetter]] = field(default_factory=lambda: deque(maxlen=LETTERS_KEPT))
    lines: deque[Entry[LogLine]] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    letters_known: bool = False
    lines_known: bool = False
    latencies: Latencies = field(default_factory=Latencies)
    painted: Painted | None = None
    changes: int = 0

    def take(
        self,
        reports: Iterable[RoleReport],
        letters: Iterable[Batch[DeadLetter]],
        lines: Iterable[Batch[LogLine]],
        now: datetime,
    ) -> None:
        """Take over all that came since the last time."""
        self.take_roles(reports, now)
        for refused in letters:
            self.take_letters(refused)
        for said in lines:
            self.take_lines(said)

    def take_roles(self, reports: Iterable[RoleReport], now: datetime) -> None:
        """Take over what processes said of themselves."""
        for report in reports:
            self.roles[report.instance] = Heard(report, now)
            self.latencies.note(line_name(report), report.redis.latency_ms, now)
            self._forget_predecessors(report.role, now)
            self.changes += 1

    def _forget_predecessors(self, role: str, now: datetime) -> None:
        for instance, heard in tuple(self.roles.items()):
            silent_s = (now - heard.at).total_seconds()
            if heard.report.role == role and silent_s > GONE_S:
                del self.roles[instance]
                self.latencies.forget(line_name(heard.report))

    def take_letters(self, batch: Batch[DeadLetter]) -> None:
        """Add refused messages."""
        if batch.fresh:
            self.letters.clear()
        self.letters.extend(batch.entries)
        self.letters_known = True
        self.changes += 1

    def take_lines(self, batch: Batch[LogLine]) -> None:
        """Add lines of the roles' logs."""
        if batch.fresh:
            self.lines.clear()
        self.lines.extend(batch.entries)
        self.lines_known = True
        self.changes += 1

    def note_painted(self, canary: Canary | None, now: datetime) -> Painted | None:
        """Note that this canary stands on the screen; return that the first time.

        None also where the clocks of the two machines differ so much that nothing was measured.
        """
        if canary is None or self.is_painted(canary):
            return None
        after_ms = (now - canary.started).total_seconds() * 1000
        if after_ms < 0:
            return None
        self.painted = Painted(canary.run_id, canary.number, after_ms)
        self.changes += 1
        return self.painted

    def is_painted(self, canary: Canary) -> bool:
        """Whether this canary was seen on the screen."""
        seen = self.painted
        return seen is not None and (seen.run_id, seen.number) == (canary.run_id, canary.number)


def line_name(report: RoleReport) -> str:
    """Return how a process's own connection to Redis is called."""
    return f"{report.instance} {REDIS}"


def provider_line(name: str) -> str:
    """Return how the line to a provider of market data is called."""
    return f"provider-{name}"
