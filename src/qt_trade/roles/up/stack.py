"""One run: servers, roles and desktop under the supervisor, from first step to summary."""

import asyncio
import os
import random
import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ContractError
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import configure_logs, mask_secrets
from qt_trade.model.broker_errors import BrokerAwayError
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
from qt_trade.roles.up.prepared import new_run_id
from qt_trade.roles.up.source import Source, look_at
from qt_trade.roles.up.summary import Counter, Summary
from qt_trade.settings import BrokerKind, Settings, SettingsError
from qt_trade.storage.errors import StorageError

PROGRAM = (sys.executable, "-m", "qt_trade.cli.main")
ROLES = ("streamer", "engine", "worker", "beat")
SERVER_VARIABLES = frozenset(
    prefix + name
    for prefix in ("", "QTRADE_")
    for name in (
        "REDIS_URL", "REDIS_URL_FILE", "REDIS_PASSWORD_FILE", "DATABASE_URL", "DATABASE_URL_FILE",
    )
)  # fmt: skip
"""The ways to the servers. Each process is told its own, by files: an environment is no secret."""
BROKER_VARIABLES = frozenset(
    f"QTRADE_BROKER__{name}"
    for name in ("KEY_ID", "KEY_ID_FILE", "SECRET", "SECRET_FILE", "CONFIRMED")
)
"""The broker's keys and a person's word for real money: the engine is told, and nobody else."""
_ASKERS_KEY = re.compile(
    r"QTRADE_(PROVIDERS__\w+|AI)__(KEY|SECRET)(_FILE)?|QTRADE_KEYS_DIR", re.IGNORECASE
)
"""The keys of providers and of the AI: who asks them is told, and nobody else."""
NEW_YORK = ZoneInfo("America/New_York")


def _is_secret(name: str) -> bool:
    """Return whether a variable is for some of the processes alone."""
    known = name in SERVER_VARIABLES or name in BROKER_VARIABLES
    return known or _ASKERS_KEY.fullmatch(name) is not None


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
    source: Source | None = None
    account: str = ""
    bus: Bus | None = None
    operator: Operator | None = None
    counter: Counter | None = None
    summary: Summary | None = None


class Stack:
    """Plays one run on one data folder."""

    def __init__(
        self, options: UpOptions, settings: Settings, clock: Clock, reporter: Reporter
    ) -> None:
        self._options = options
        mine = settings.broker.model_copy(update={"confirmed": options.confirmed})
        self._settings = settings.model_copy(update={"broker": mine})
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
            report = several(
                [self._reporter, event_lines(diary, self._clock, feed=self._options.feed.kind)]
            )
            return asyncio.run(self._play(data_dir, report))

    async def _play(self, data_dir: DataDir, report: Reporter) -> Outcome:
        options = self._options
        servers = self._choose_servers(data_dir)
        run = _Run(run_id=new_run_id(self._clock, self._rng))
        run.env = self._environment(run.run_id)
        # The reports tell of deaths and returns; the bus' own warnings would only repeat them.
        configure_logs(role="up", feed=options.feed.kind, run_id=run.run_id, level="ERROR")
        supervisor = Supervisor(Surroundings(data_dir.logs, run.env), report, self._rng)

        async def on_ready() -> None:
            if run.operator is not None and options.autotrade is not None:
                trust = wiring.trust(self._settings)
                await run.operator.start_autotrading(options.autotrade, trust)

        stages = self._stages(servers, run, data_dir, report)
        result = await supervisor.run(stages, on_ready=on_ready, run_for_s=options.run_for_s)
        summary = run.summary
        if summary is not None:
            summary = replace(summary, restarts=sum(result.restarts.values()))
        return Outcome(result, summary)

    def _stages(
        self, servers: Servers, run: _Run, data_dir: DataDir, report: Reporter
    ) -> list[Stage]:
        async def server_processes() -> Sequence[ProcessSpec]:
            # Both take their time at a first start; a recording that cannot be played ends it.
            looking = asyncio.to_thread(look_at, self._options, self._settings, self._clock)
            processes, run.source = await asyncio.gather(servers.processes(), looking)
            return processes

        async def roles() -> Sequence[ProcessSpec]:
            await self._plan(servers, run, report)
            data_dir.write_connection(
                Connection(
                    redis_url=servers.trader_url,
                    viewer_url=servers.viewer_url,
                    database_url=servers.database_url,
                    run_id=run.run_id,
                    pid=os.getpid(),
                )
            )
            # The window opens while the roles begin, and shows what is not there yet as missing.
            return self._specs(servers, run, data_dir)

        async def last_act() -> None:
            try:
                await self._count(run)
            finally:
                data_dir.remove_connection()

        return [Stage("servers", server_processes, last_act), Stage("roles", roles)]

    def _choose_servers(self, data_dir: DataDir) -> Servers:
        settings = self._settings
        try:
            return choose_servers(
                data_dir,
                self._rng,
                redis_url=None if settings.redis_url is None else settings.redis(),
                database_url=None if settings.database_url is None else settings.database(),
            )
        except OSError as error:
            raise StartError(f"no port for an embedded server: {error}") from error

    def _environment(self, run_id: str) -> dict[str, str]:
        """Return what all processes are told; the ways to the servers differ."""
        options = self._options
        env = {
            **{name: value for name, value in os.environ.items() if not _is_secret(name)},
            "QTRADE_DATA_DIR": str(options.data_dir),
            "QTRADE_RUN__ID": run_id,
            "QTRADE_RUN__STARTED": self._clock.now().isoformat(),
            "QTRADE_FEED__CHOICE": options.feed,
            "QTRADE_FEED__SPEED": str(options.speed),
        }
        if options.source is not None:
            env["QTRADE_FEED__SOURCE"] = str(options.source.resolve())
        if options.seed is not None:
            env["QTRADE_FEED__SEED"] = str(options.seed)
        return env

    async def _plan(self, servers: Servers, run: _Run, report: Reporter) -> None:
        """Decide what the run plays, and connect to the servers that now live."""
        options, source = self._options, run.source
        if source is None:
            raise StartError("it is not known what to play")
        try:
            record = await wiring.prepare_run(
                servers.database_url, source.key, options.feed.kind, restart=options.restart
            )
        except StorageError as error:
            where = mask_secrets(servers.database_url)
            words = " ".join(str(error).split())
            raise StartError(f"the database {where} cannot be used: {words}") from error
        run.account = await self._account(record.account)
        run.env |= {"QTRADE_RUN__ACCOUNT": record.account, "QTRADE_RUN__SOURCE_KEY": source.key}
        words = f"{options.feed.kind} × {options.speed:g}: {source.name}, account {run.account}"
        if record.resume_at is not None:
            run.env["QTRADE_FEED__START"] = record.resume_at.isoformat()
            moment = f"{record.resume_at.astimezone(NEW_YORK):%a %d %b %Y %H:%M} ET"
            words += f"; goes on where it stopped, {moment} (--restart begins anew)"
        report(Note(words))
        await self._attach(servers, run, report)

    async def _account(self, feed_account: str) -> str:
        """Return whose account is traded; the feed's own where the broker is ours."""
        try:
            return await wiring.account_id(self._settings, self._clock, feed_account)
        except (SettingsError, BrokerAwayError) as error:
            raise StartError(str(error)) from error

    def _for_engine(self, data_dir: DataDir) -> dict[str, str]:
        """Return what the engine alone is told: its broker's keys, by files."""
        broker = self._settings.broker
        if broker.kind is BrokerKind.PAPER:
            return {}
        keys = broker.keys(self._settings.keys_dir)
        return {
            "QTRADE_BROKER__KEY_ID_FILE": str(data_dir.keep_secret("broker_key_id", keys.key_id)),
            "QTRADE_BROKER__SECRET_FILE": str(data_dir.keep_secret("broker_secret", keys.secret)),
            "QTRADE_BROKER__CONFIRMED": broker.confirmed,
        }

    def _for_who_asks(self, data_dir: DataDir) -> dict[str, str]:
        """Return what streamer and worker alone are told: the providers' keys, by files."""
        found = wiring.provider_keys(self._settings)
        keys = {f"{name}.key": key for name, (key, _) in found.items() if key}
        keys |= {f"{name}.secret": secret for name, (_, secret) in found.items() if secret}
        return {"QTRADE_KEYS_DIR": str(data_dir.keep_keys(keys))}

    def _for_worker(self, data_dir: DataDir) -> dict[str, str]:
        """Return what the worker alone is told: the AI's key, by a file."""
        key = self._settings.ai.credential(self._settings.keys_dir)
        if not key:
            return {}
        return {"QTRADE_AI__KEY_FILE": str(data_dir.keep_secret("ai_key", key))}

    async def _attach(self, servers: Servers, run: _Run, report: Reporter) -> None:
        kind = self._options.feed.kind
        run.bus = bus = Bus(servers.trader_url, Party.FRONTEND, self._clock, self._rng)
        run.counter = Counter(wiring.RunFigures(servers.database_url, run.account), run.run_id)
        run.operator = Operator(
            bus, self._clock, run.run_id, kind, lambda words: report(Note(words))
        )
        try:
            await bus.open()
            await run.counter.begin(bus)
            await run.operator.begin()
        except ContractError as error:
            where = mask_secrets(servers.redis_url)
            raise StartError(f"Redis {where} cannot be used: {error}") from error

    def _specs(self, servers: Servers, run: _Run, data_dir: DataDir) -> list[ProcessSpec]:
        redis = data_dir.keep_secret("redis_url", servers.redis_url)
        database = data_dir.keep_secret("database_url", servers.database_url)
        env = {
            **run.env,
            "QTRADE_REDIS_URL_FILE": str(redis),
            "QTRADE_DATABASE_URL_FILE": str(database),
        }
        roles = [*ROLES, "views"] if self._settings.older_views else ROLES
        keys = self._for_who_asks(data_dir)
        own = {
            "engine": self._for_engine(data_dir),
            "streamer": keys,
            "worker": keys | self._for_worker(data_dir),
        }
        specs = [
            ProcessSpec(name=name, argv=(*PROGRAM, "role", name), env=env | own.get(name, {}))
            for name in roles
        ]
        return specs if self._options.headless else [*specs, self._desktop(servers, run, data_dir)]

    def _desktop(self, servers: Servers, run: _Run, data_dir: DataDir) -> ProcessSpec:
        redis = data_dir.keep_secret("desktop_redis_url", servers.trader_url)
        return ProcessSpec(
            name="desktop",
            argv=(*PROGRAM, "desktop"),
            # Neither the backend's password nor a way to the database.
            env={**run.env, "QTRADE_REDIS_URL_FILE": str(redis)},
            critical=False,
            ends_run=True,
        )

    async def _count(self, run: _Run) -> None:
        """Take the figures, if there are any, and let go of the servers whatever comes."""
        if run.bus is None or run.counter is None or run.operator is None:
            return
        try:
            if run.bus.link.connected:
                kind = self._options.feed.kind
                run.summary = await run.counter.end(run.bus, kind, run.account)
        finally:
            await run.counter.close()
            await run.operator.close()
