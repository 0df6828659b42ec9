"""Servers of the measurement's own, configured like those of a run."""

import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

from qt_trade.roles.supervision.ports import spare_ports
from qt_trade.roles.supervision.postgres import Postgres, server_owner
from qt_trade.roles.supervision.users import EVERYBODY
from qt_trade.roles.supervision.valkey import Valkey

PATIENCE_S = 30.0


@contextmanager
def own_valkey() -> Iterator[str]:
    """Start a server on a spare loopback port, yield its URL, end it and remove its data."""
    (port,) = spare_ports(1, SystemRandom())
    with tempfile.TemporaryDirectory(prefix="qtrade-bench-") as folder:
        passwords = {user: secrets.token_hex(16) for user in EVERYBODY}
        with _running(Valkey(Path(folder) / "valkey", port, passwords)) as url:
            yield url


@contextmanager
def own_postgres() -> Iterator[str]:
    """Start a server with an empty database as `own_valkey` does."""
    (port,) = spare_ports(1, SystemRandom())
    with tempfile.TemporaryDirectory(prefix="qtrade-bench-") as folder:
        if server_owner() is not None:  # root's own folder would be closed to nobody
            Path(folder).chmod(0o755)
        with _running(Postgres(Path(folder) / "postgres", port, secrets.token_hex(16))) as url:
            yield url


@contextmanager
def _running(server: Valkey | Postgres) -> Iterator[str]:
    server.prepare()
    spec = server.spec()
    process = subprocess.Popen(  # noqa: S603  # our own program, our own arguments
        spec.command(),
        cwd=spec.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not server.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the measurement's {spec.name} does not start")
            time.sleep(0.01)
        yield server.url
    finally:
        process.send_signal(spec.stop_signal)
        process.wait(PATIENCE_S)
