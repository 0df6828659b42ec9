"""Plays compose.yaml as plain processes: its commands, users, secrets, order and health checks.

What a container engine would do is done here by hand, and nothing else: variables are filled in
from .env, mounted paths become those of the host, the names of services this machine's loopback.
PostgreSQL comes from our wheel, for its image's own entry point is not at hand.
"""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from ruamel.yaml import YAML
from tests.servers import STOP_TIMEOUT_S, ServerProcess

from qt_trade.roles.supervision.ports import LOOPBACK, spare_ports
from qt_trade.roles.supervision.postgres import DATABASE, USER, Postgres
from qt_trade.roles.supervision.processes import BARE_ENVIRONMENT, Owner, ProcessSpec
from qt_trade.roles.supervision.valkey import valkey_program

ROOT = Path(__file__).parents[2]
QTRADE = (sys.executable, "-m", "qt_trade.cli.main")
HEALTHY_S = 90.0
_STEP_S = 0.2
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\}")


def filled_in(value: Any, env: Mapping[str, str]) -> Any:
    """Return a value of the file with its variables replaced, as the specification has it."""
    if isinstance(value, dict):
        return {key: filled_in(one, env) for key, one in value.items()}
    if isinstance(value, list):
        return [filled_in(one, env) for one in value]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        text = env.get(match["name"], "")
        assert text or match["kind"] != "?", f"{match['name']}: {match['word']}"
        return text or match["word"] or ""

    return _VARIABLE.sub(fill, value)


class Composed:
    """The services of compose.yaml on one folder of `qtrade init`. Use as a context manager."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.begin(*QTRADE, "init", str(folder))
        lines = (folder / ".env").read_text().splitlines()
        env = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        told = YAML(typ="safe").load(ROOT / "compose.yaml")
        self._told: dict[str, Any] = filled_in(told, env | settings)
        self.services: dict[str, dict[str, Any]] = self._told["services"]
        self._ports = dict(
            zip(("redis", "postgres"), spare_ports(2, random.SystemRandom()), strict=True)
        )
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._postgres: ServerProcess | None = None
        self._logs = folder / "logs"
        self._logs.mkdir()

    def begin(self, *command: str) -> None:
        """Run a command to its end; it must succeed."""
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self.running.values():
            process.kill()
            process.wait(STOP_TIMEOUT_S)
        if self._postgres is not None:
            self._postgres.stop()

    def up(self) -> None:
        """Start every service once those it depends on are where it wants them."""
        self._reach_postgres()
        waiting = dict(self.services)
        while waiting:
            name = next(one for one in waiting if not waiting.keys() & self._needs(one).keys())
            for other, condition in self._needs(name).items():
                if condition == "service_healthy":
                    self.wait_healthy(other)
            self._start(name)
            del waiting[name]

    def _needs(self, name: str) -> dict[str, str]:
        needs = self.services[name].get("depends_on", {})
        return {other: how["condition"] for other, how in needs.items()}

    def _reach_postgres(self) -> None:
        told = self.services["postgres"]["environment"]
        assert (told["POSTGRES_USER"], told["POSTGRES_DB"]) == (USER, DATABASE)
        url = self.folder / "secrets" / "database_url"
        url.write_text(self._on_loopback(url.read_text()))

    def _on_loopback(self, text: str) -> str:
        for name, inside in (("redis", 6379), ("postgres", 5432)):
            text = text.replace(f"@{name}:{inside}", f"@{LOOPBACK}:{self._ports[name]}")
        return text

    def _on_host(self, name: str, text: str) -> str:
        """Return a text with every mounted path as it is outside the container."""
        mounts = dict(
            reversed(volume.removesuffix(":ro").split(":"))
            for volume in self.services[name]["volumes"]
        )
        for secret in self.services[name]["secrets"]:
            mounts[f"/run/secrets/{secret}"] = self._told["secrets"][secret]["file"]
        for inside, outside in mounts.items():
            text = re.sub(rf"^{re.escape(inside)}(?=/|$)", str(self.folder / outside), text)
        return text

    def _start(self, name: str) -> None:
        if name == "postgres":
            password = self._on_host(
                name, self.services[name]["environment"]["POSTGRES_PASSWORD_FILE"]
            )
            server = Postgres(
                self.folder / "pg", self._ports[name], Path(password).read_text().strip()
            )
            self._postgres = ServerProcess(server, self._logs / "postgres.log")
            self._postgres.start()
            return
        process = self._process(name, name, self._command(name))
        if self.services[name]["restart"] == "no":
            code = process.wait(HEALTHY_S)
            assert code == 0, self.log(name)
        else:
            self.running[name] = process

    def _command(self, name: str) -> list[str]:
        words = [self._on_host(name, str(word)) for word in self.services[name]["command"]]
        if words[0] == "valkey-server":
            reached = ["--bind", LOOPBACK, "--port", str(self._ports[name])]
            return [str(valkey_program()), *words[1:], *reached]
        return [*QTRADE, *words]

    def _process(self, name: str, log: str, command: list[str]) -> "subprocess.Popen[bytes]":
        uid, _, gid = self.services[name]["user"].partition(":")
        # Only root may become another; who is not root made the folder as himself.
        owner = Owner(int(uid), int(gid)) if os.geteuid() == 0 else None
        spec = ProcessSpec(name=name, argv=tuple(command), owner=owner)
        with (self._logs / f"{log}.log").open("ab") as output:
            return subprocess.Popen(
                spec.command(),
                env=self.environment(name),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def environment(self, name: str) -> dict[str, str]:
        """Return what a service is told, and what its image tells it."""
        told = self.services[name].get("environment", {})
        env = {key: self._on_host(name, self._on_loopback(str(one))) for key, one in told.items()}
        return {**BARE_ENVIRONMENT, "PYTHONPATH": str(ROOT / "src"), "HOME": "/tmp", **env}  # noqa: S108  # as the image

    def healthy(self, name: str) -> bool:
        """Ask a service's own health check; the servers are asked in their clients' stead."""
        if name == "postgres":
            return self._postgres is not None
        if name == "redis":
            return "Ready to accept connections" in self.log(name)
        _, _, *words = self.services[name]["healthcheck"]["test"]
        return self._process(name, f"{name}-health", [*QTRADE, *words]).wait(HEALTHY_S) == 0

    def wait_healthy(self, name: str) -> None:
        """Wait until a service's health check succeeds."""
        self.until(lambda: self.healthy(name))

    def until(self, condition: Callable[[], bool]) -> None:
        """Ask again and again, as a container engine does, while all services live."""
        deadline = time.monotonic() + HEALTHY_S
        while not condition():
            ended = [name for name, process in self.running.items() if process.poll() is not None]
            assert not ended, f"{ended} ended: {[self.log(name)[-2000:] for name in ended]}"
            assert time.monotonic() < deadline, "it takes too long"
            time.sleep(_STEP_S)

    def down(self) -> dict[str, int]:
        """Stop the services against the order of their start; return the exit codes."""
        codes = {}
        for name in reversed(self.running):
            process = self.running[name]
            process.send_signal(signal.SIGTERM)
            grace = self.services[name].get("stop_grace_period", "10s")
            codes[name] = process.wait(float(grace.removesuffix("s")))
        return codes

    @property
    def redis_host(self) -> str:
        """Where Redis is published."""
        return f"{LOOPBACK}:{self._ports['redis']}"

    def pids(self) -> dict[str, int]:
        """Return the process of every service."""
        return {name: process.pid for name, process in self.running.items()}

    def url_of(self, user: str) -> str:
        """Return where somebody on this machine finds Redis."""
        file = self.folder / "secrets" / f"redis_{user}_password"
        return f"redis://{user}@{self.redis_host}/0?password_file={file}"

    def log(self, name: str) -> str:
        """Return what a service has said."""
        path = self._logs / f"{name}.log"
        return path.read_text() if path.exists() else ""
