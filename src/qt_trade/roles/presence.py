"""What every process of a role tells of itself, also one that stands by: reports and log lines."""

import asyncio
import contextlib
import os
import re
import resource
import socket
import time
from collections.abc import Callable
from pathlib import Path

from qt_trade import __version__
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import ContractError
from qt_trade.contract.payloads.base import ID_LENGTH_MAX
from qt_trade.contract.payloads.health import LineHealth, RoleReport
from qt_trade.kit.clock import Clock, monotonic
from qt_trade.roles.log_lines import LogLines
from qt_trade.roles.work import Work
from qt_trade.settings import Settings

_MEGABYTE = 1_000_000
_NO_ID = re.compile(r"[^A-Za-z0-9._-]")


class Presence:
    """One process of a role. ``work``: where its useful work is noted.

    ``queue``: what waits for it, None where nothing can. ``postgres``: its line to the database,
    None while it has none.
    """

    def __init__(
        self, role: str, settings: Settings, bus: Bus, wall: Clock, logs: LogLines | None = None
    ) -> None:
        self._role = role
        self._settings = settings
        self._bus = bus
        self._wall = wall
        self._feed = settings.feed.choice.kind
        self._logs = logs or LogLines(role, self._feed, wall)
        self._host = socket.gethostname()
        self._started = wall.now()
        self._cpu = (monotonic(), time.process_time())
        self._latency_ms: float | None = None
        self._leads = False
        self._due = asyncio.Event()
        host = self._host[: ID_LENGTH_MAX // 2]
        self.instance = _NO_ID.sub("-", f"{role}-{host}-{os.getpid()}")
        self.work = Work(wall)
        self.queue: Callable[[], int | None] = lambda: None
        self.postgres: Callable[[], LineHealth | None] = lambda: None

    def lead(self, leads: bool = True) -> None:  # noqa: FBT001, FBT002  # a callback
        """Say that this process acts from now on, or no longer."""
        self._leads = leads
        self._due.set()

    async def run(self) -> None:
        """Report and ship log lines until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._logs.ship(self._bus))
            group.create_task(self._keep_reporting())

    async def _keep_reporting(self) -> None:
        while True:
            begun = monotonic()
            # While Redis is away nobody could hear it; the next one comes soon.
            with contextlib.suppress(ContractError):
                await self._bus.publish(registry.ROLE_REPORTS, self.report(), self.instance)
                self._latency_ms = round((monotonic() - begun) * 1000, 2)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(registry.ROLE_REPORT_S):
                    await self._due.wait()
            self._due.clear()

    def report(self) -> RoleReport:
        """Return what there is to tell now."""
        done, link = self.work.told(), self._bus.link
        return RoleReport(
            ts=self._wall.now(),
            source=self._role,
            feed=self._feed,
            role=self._role,
            instance=self.instance,
            host=self._host,
            pid=os.getpid(),
            version=__version__,
            started_at=self._started,
            leads=self._leads,
            last_work=done.at,
            work=done.words,
            work_done=done.pieces,
            per_minute=round(done.per_minute, 1),
            queue=self.queue(),
            restarts=self._settings.run.restarts,
            redis=LineHealth(
                connected=link.connected,
                latency_ms=self._latency_ms if link.connected else None,
                reconnects=link.reconnects,
                last_error=link.last_error,
            ),
            postgres=self.postgres(),
            rejected=self._bus.rejected,
            memory_mb=round(_resident_mb(), 1),
            cpu_usage_pct=self._cpu_usage(),
        )

    def _cpu_usage(self) -> float:
        """Return the share of one core, in per cent, since the last report."""
        (wall, cpu), now = self._cpu, (monotonic(), time.process_time())
        self._cpu = now
        return round(max(0.0, (now[1] - cpu) / max(now[0] - wall, 1e-6) * 100), 1)


def _resident_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):  # elsewhere the most it ever was has to do
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MEGABYTE
    return pages * resource.getpagesize() / _MEGABYTE
