"""Real servers for tests: started once per session, or private ones that a test may kill.

Everything here blocks and uses no asyncio, so that it fits any test.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, Self

import psutil
import psycopg
import redis

from qt_trade.roles.supervision.ports import spare_ports
from qt_trade.roles.supervision.postgres import Postgres
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.users import EVERYBODY
from qt_trade.roles.supervision.valkey import Valkey

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 30.0
_STEP_S = 0.005


class _Server(Protocol):
    @property
    def url(self) -> str: ...

    def prepare(self) -> None: ...

    def spec(self) -> ProcessSpec: ...

    def answers(self) -> bool: ...


class ServerProcess:
    """One embedded server that a test owns: start, stop, kill, freeze, thaw, start again.

    All restarts keep the port, the password and the data. Use as a context manager, or call
    ``stop()`` at the end.
    """

    def __init__(self, server: _Server, log: Path) -> None:
        self._server = server
        self._log = log
        self._prepared = False
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return self._server.url

    def url_of(self, user: str) -> str:
        """Return the URL of one of Valkey's users."""
        assert isinstance(self._server, Valkey)
        return self._server.url_of(user)

    @property
    def pid(self) -> int:
        return self._alive().pid

    def start(self) -> None:
        """Start the server and return when it answers."""
        assert self._process is None, "it runs already"
        if not self._prepared:
            self._server.prepare()
            self._prepared = True
        spec = self._server.spec()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                spec.command(),
                cwd=spec.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._await_answer(self._process)
        except BaseException:
            self.kill()
            raise

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._server.answers():
            died = process.poll() is not None
            assert not died and time.monotonic() < deadline, (
                f"the server does not start:\n{self._log.read_text()[-2000:]}"
            )
            time.sleep(_STEP_S)

    def stop(self) -> None:
        """End the server in its own orderly way; nothing happens when it is dead already."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(self._server.spec().stop_signal)
        self._wait()

    def kill(self) -> None:
        """Kill the server without a word (SIGKILL) and wait until it and its children are gone.

        PostgreSQL's backends go on answering until they notice that the postmaster has died.
        """
        process, children = self._alive(), []
        with suppress(psutil.NoSuchProcess):  # it may have died by itself
            children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        self._wait()
        _, left = psutil.wait_procs(children, timeout=STOP_TIMEOUT_S)
        assert not left, f"{left} outlived the server"

    def freeze(self) -> None:
        """Let the server hang (SIGSTOP): connections stay open, nothing answers."""
        self._alive().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """End a freeze."""
        self._alive().send_signal(signal.SIGCONT)

    def _alive(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "it does not run"
        return self._process

    def _wait(self) -> None:
        process = self._alive()
        try:
            process.wait(STOP_TIMEOUT_S)
        finally:
            process.kill()
            process.wait()
            self._process = None


def valkey_in(folder: Path) -> ServerProcess:
    """Return a private Valkey, not started yet, with its data in ``folder``."""
    (port,) = spare_ports(1, random.SystemRandom())
    server = Valkey(folder / "valkey", port, {user: os.urandom(16).hex() for user in EVERYBODY})
    return ServerProcess(server, folder / "valkey.log")


def postgres_in(folder: Path) -> ServerProcess:
    """Return a private PostgreSQL, not started yet, with its data in ``folder``."""
    (port,) = spare_ports(1, random.SystemRandom())
    server = Postgres(folder / "postgres", port, os.urandom(16).hex())
    return ServerProcess(server, folder / "postgres.log")


def flush(redis_url: str) -> None:
    """Empty a Valkey: keys, functions and scripts."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
        client.script_flush()


def _drop(admin: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Drop a database whoever is still in it, but for autovacuum, which leaves by itself."""
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while True:
        try:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        except psycopg.errors.InsufficientPrivilege:
            assert time.monotonic() < deadline, f"autovacuum does not leave {name}"
            time.sleep(_STEP_S)
        else:
            return


@contextmanager
def fresh_database(server_url: str, name: str, template: str) -> Iterator[str]:
    """Create a database as a copy of another, yield its URL, drop it.

    The template must have no open connections. Raises psycopg.Error.
    """
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield f"{server_url.rpartition('/')[0]}/{name}"
        finally:
            _drop(admin, name)
