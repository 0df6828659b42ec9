"""The older design: one ``redis-cli`` process for each key, every five seconds."""

import os
import resource
import shutil
import subprocess
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document

POLL_S = 5.0
KEYS = 25
PROGRAMS = ("redis-cli", "valkey-cli")


@dataclass(frozen=True, slots=True)
class Polls:
    """``times_ms``: how long each poll of all keys took; ``cpu_ms``: CPU of all its processes."""

    times_ms: list[float]
    cpu_ms: list[float]


def find_program() -> str | None:
    """Return the client program of this machine, None where there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def poll(program: str, url: str, count: int) -> Polls:
    """Poll as the older desktop did: a process per key, one after the other."""
    parts = urlsplit(url)
    # The password goes by the environment: arguments can be read by everybody on the machine.
    environment = os.environ | {"REDISCLI_AUTH": parts.password or ""}
    command = [program, "-h", parts.hostname or "127.0.0.1", "-p", str(parts.port or 6379)]
    if parts.username:
        command += ["--user", parts.username]
    documents = [one for one in registry.KEYS if isinstance(one, Document) and not one.family]
    keys = [document.key() for document in documents[:KEYS]]
    times, cpu = [], []
    for _ in range(count):
        used, started = _cpu_ms(), time.perf_counter()
        for key in keys:
            subprocess.run(  # noqa: S603  # the machine's own client, our own keys
                [*command, "GET", key], env=environment, stdout=subprocess.DEVNULL, check=True
            )
        times.append((time.perf_counter() - started) * 1000)
        cpu.append(_cpu_ms() - used)
    return Polls(times, cpu)


def _cpu_ms() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both) * 1000
