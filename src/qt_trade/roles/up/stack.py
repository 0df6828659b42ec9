"""One run: servers, roles and desktop under the supervisor, from first step to summary."""

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import Clock
from qt_trade.roles.supervision.child import Surroundings
from qt_trade.roles.supervision.data_dir import Connection, DataDir, prepare_data_dir
from qt_trade.roles.supervision.errors import StartError
from qt_trade.roles.supervision.log_files import rotate
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.reporting import Note, Reporter, event_lines, several
from qt_trade.roles.supervision.servers import Servers, choose_servers
from qt_trade.roles.supervision.single_instance import single_instance
from qt_trade.roles.supervision.supervisor import RunResult, Stage, Supervisor
from qt_trade.roles.up.operator import Operator
from qt_trade.roles.up.options import UpOptions
from qt_trade.roles.up.summary import Counter, Summary
from qt_trade.settings import Settings
from qt_trade.storage.errors import StorageError

PROGRAM = (sys.executable, "-m", "qt_trade.cli.main")
ROLES = ("streamer", "engine", "worker", "beat")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run ended and what it did; ``summary`` is None when it never came up."""

    result: RunResult
    summary: Summary | None


@dataclass(slots=True)
class _Run:
    """What is known of the run as it comes up."""

    run_id: str
    env: dict[str, str] = field(default_factory=dict)
    account: str = ""
    operator: Operator | None = None
    counter: Counter | None = None
    bus: Bus | None = None


class Stack:
    """Plays one run on one data folder."""

    def __init__(
        self, options: UpOptions, settings: Settings, clock: Clock, reporter: Reporter
    ) -> None:
        self._options = options
        self._settings = settings
        self._clock = clock
        self._reporter = reporter
        self._rng = random.SystemRandom()

    def play(self) -> Outcome:
        """Run until asked to stop. Raises SupervisionError before anything has started."""
        data_dir = prepare_data_dir(self._options.data_dir)
        with ExitStack() as held:
            held.enter_context(single_instance(data_dir.path, self._clock))
            data_dir.remove_connection()
            rotate(data_dir.logs / "supervisor.log")
            diary = held.enter_context((data_dir.logs / "supervisor.log").open("a"))
            report = several([self._reporter, event_lines(diary, self._clock)])
            return asyncio.run(self._play(data_dir, report))

    async def _play(self, data_dir: DataDir, report: Reporter) -> Outcome:
        settings, options = self._settings, self._options
        servers = choose_servers(
            data_dir,
            self._rng,
            redis_url=None if settings.redis_url is None else settings.redis(),
            database_url=None if settings.database_url is None else settings.database(),
        )
        now = self._clock.now()
        run = _Run(run_id=f"{now:%Y%m%dT%H%M%S}-{self._rng.getrandbits(16):04x}")
        run.env = self._environment(servers, run.run_id)
        supervisor = Supervisor(Surroundings(data_dir.logs, run.env), report, self._rng)

        async def roles() -> Sequence[ProcessSpec]:
            await self._plan(servers, run, report)
            data_dir.write_connection(
                Connection(servers.redis_url, servers.database_url, run.run_id, os.getpid())
            )
            return self._specs(run)

        async def desktop() -> Sequence[ProcessSpec]:
            return [self._desktop(run)]

        async def on_ready() -> None:
            if run.operator is not None and options.autotrade is not None:
                await run.operator.start_autotrading(options.autotrade)

        async def last_act() -> None:
            try:
                await self._count(run)
            finally:
                data_dir.remove_connection()

        stages = [Stage("servers", servers.processes, last_act), Stage("roles", roles)]
        if not options.headless:
            # Last up, first down: a window shows a living backend or none.
            stages.append(Stage("desktop", desktop))
        result = await supervisor.run(stages, on_ready=on_ready, run_for_s=options.run_for_s)
        summary = None
        if run.counter is not None:
            restarts = sum(result.restarts.values())
            summary = run.counter.summary(options.feed.kind, run.account, restarts)
        return Outcome(result, summary)

    def _environment(self, servers: Servers, run_id: str) -> dict[str, str]:
        options = self._options
        env = {
            **os.environ,
            "REDIS_URL": servers.redis_url,
            "DATABASE_URL": servers.database_url,
            "QTRADE_DATA_DIR": str(options.data_dir),
            "QTRADE_RUN__ID": run_id,
            "QTRADE_RUN__STARTED": self._clock.now().isoformat(),
            "QTRADE_RUN__SOURCE_KEY": options.source_key,
            "QTRADE_FEED__CHOICE": options.feed,
            "QTRADE_FEED__SPEED": str(options.speed),
        }
        if options.source is not None:
            env["QTRADE_FEED__SOURCE"] = str(options.source.resolve())
        return env

    async def _plan(self, servers: Servers, run: _Run, report: Reporter) -> None:
        """Decide what the run plays, and connect to the servers that now live."""
        options = self._options
        try:
            record = await wiring.prepare_run(
                servers.database_url,
                options.source_key,
                options.feed.kind,
                restart=options.restart,
            )
        except StorageError as error:
            raise StartError(f"the database cannot be used: {error}") from error
        run.account = run.env["QTRADE_RUN__ACCOUNT"] = record.account
        if record.resume_at is not None:
            run.env["QTRADE_FEED__START"] = record.resume_at.isoformat()
            moment = f"{record.resume_at:%a %d %b %Y %H:%M} UTC"
            report(Note(f"goes on at {moment} with account {record.account} (--restart: anew)"))
        run.bus = Bus(servers.redis_url, Party.FRONTEND, self._clock, self._rng)
        await run.bus.open()
        run.counter = Counter(wiring.RunFigures(servers.database_url, record.account), run.run_id)
        await run.counter.begin(run.bus)
        run.operator = Operator(
            run.bus, self._clock, options.feed.kind, lambda words: report(Note(words))
        )
        await run.operator.begin()

    def _specs(self, run: _Run) -> list[ProcessSpec]:
        return [
            ProcessSpec(name=name, argv=(*PROGRAM, "role", name), env=run.env) for name in ROLES
        ]

    def _desktop(self, run: _Run) -> ProcessSpec:
        return ProcessSpec(
            name="desktop",
            argv=(*PROGRAM, "desktop"),
            env=run.env,
            critical=False,
            ends_run=True,
        )

    async def _count(self, run: _Run) -> None:
        if run.bus is None or run.counter is None or run.operator is None:
            return
        await run.counter.end(run.bus)
        await run.operator.close()
