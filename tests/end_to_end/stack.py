"""The whole product as a test sees it: a ``qtrade up`` of its own, its processes and its journal."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from qt_trade.contract.target import target_of
from qt_trade.storage.database import Database
from qt_trade.storage.journal import Journal
from qt_trade.trading.account import Account
from qt_trade.trading.events import Event
from qt_trade.trading.ledger import fold
from qt_trade.trading.records import from_record
from qt_trade.wiring import once_keys

READY_S = 90.0
QTRADE = (sys.executable, "-m", "qt_trade.cli.main")


@dataclass(frozen=True, slots=True)
class Told:
    """The journal of an account: its events, and the account they fold to."""

    events: tuple[Event, ...]
    account: Account


class Stack:
    """A running ``qtrade up``."""

    def __init__(self, process: subprocess.Popen[str], data_dir: Path) -> None:
        self.process = process
        self.data_dir = data_dir
        self.said: list[str] = []

    def wait_for(self, words: str) -> None:
        """Read what the supervisor says until a line contains the words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if words in line:
                return
        raise AssertionError(f"{words!r} was never said:\n{''.join(self.said)}\n{self.logs()}")

    @property
    def connection(self) -> dict[str, Any]:
        """Where its servers are."""
        text = (self.data_dir / "connection.json").read_text()
        return dict(json.loads(text))

    def url_of(self, user: str) -> str:
        """Return the URL of a Redis user with its password as it is now, for a plain client."""
        ((host, port),) = target_of(self.connection["redis_url"]).hosts
        password = self.data_dir / "secrets" / f"valkey_{user}_password"
        return f"redis://{user}:{password.read_text().strip()}@{host}:{port}/0"

    def child(self, name: str) -> psutil.Process:
        """Return the process whose command line names this role or server."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            if name in " ".join(process.cmdline()):
                return process
        raise AssertionError(f"no process {name}")

    def everyone(self) -> list[psutil.Process]:
        """Return all its processes."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def journal(self, account: str) -> Told:
        """Read the account's journal."""
        return asyncio.run(self._journal(account))

    async def _journal(self, account: str) -> Told:
        database = Database(self.connection["database_url"], name="test", pool_size=1)
        try:
            journal = Journal(database, account, once_keys)
            check = await journal.verify()
            assert check.broken_at is None
            events = tuple([from_record(entry.record) async for entry in journal.read()])
        finally:
            await database.close()
        return Told(events, fold(None, events))

    def logs(self) -> str:
        """Return the ends of all logs, for a failure's message."""
        return "\n".join(
            f"== {path.name}\n" + "\n".join(path.read_text().splitlines()[-15:])
            for path in sorted((self.data_dir / "logs").glob("*.log"))
        )

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stdout is not None
        self.said.extend(self.process.stdout)
        return self.process.wait(60)


@contextmanager
def running_stack(data_dir: Path, *options: str) -> Iterator[Stack]:
    """Start ``qtrade up --headless`` with options; it is ready inside the block."""
    command = [*QTRADE, "up", "--headless", "--data-dir", str(data_dir), *options]
    env = {
        key: value for key, value in os.environ.items() if key not in ("REDIS_URL", "DATABASE_URL")
    }
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    )
    stack = Stack(process, data_dir)
    try:
        stack.wait_for("All ready")
        yield stack
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)
        if process.stdout is not None:
            process.stdout.close()
