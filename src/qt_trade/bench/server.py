"""A Valkey of the measurement's own, configured like that of a run."""

import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

from qt_trade.roles.supervision.ports import spare_ports
from qt_trade.roles.supervision.users import EVERYBODY
from qt_trade.roles.supervision.valkey import Valkey

PATIENCE_S = 30.0


@contextmanager
def own_valkey() -> Iterator[str]:
    """Start a server on a spare loopback port, yield its URL, end it and remove its data."""
    (port,) = spare_ports(1, SystemRandom())
    with tempfile.TemporaryDirectory(prefix="qtrade-bench-") as folder:
        server = Valkey(
            Path(folder) / "valkey", port, {user: secrets.token_hex(16) for user in EVERYBODY}
        )
        server.prepare()
        spec = server.spec()
        process = subprocess.Popen(spec.command(), cwd=spec.cwd, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not server.answers():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the server of the measurement does not start")
                time.sleep(0.01)
            yield server.url
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
