"""A primary, its replica and the Sentinels that watch them: real processes of the test's own."""

import contextlib
import os
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis
from tests import asking
from tests.servers import ServerProcess

from qt_trade.contract.target import Target, url_of
from qt_trade.roles.supervision.ports import LOOPBACK, spare_ports
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.valkey import valkey_program

SERVICE = "home"
DOWN_AFTER_MS = 1000
"""A primary that is silent for so long is down."""
PATIENCE_S = 30.0

_SERVER = """\
bind 127.0.0.1
port {port}
dir "{folder}"
requirepass {password}
masterauth {password}
save ""
repl-diskless-sync-delay 0
repl-ping-replica-period 1
notify-keyspace-events K$gx
{more}
"""
_SENTINEL = """\
bind 127.0.0.1
port {port}
dir "{folder}"
requirepass {password}
sentinel sentinel-pass {password}
sentinel monitor home 127.0.0.1 {primary} {quorum}
sentinel auth-pass home {password}
sentinel down-after-milliseconds home {down_after}
sentinel failover-timeout home 3000
"""


@dataclass(frozen=True, slots=True)
class _Program:
    """One of the processes, as ``ServerProcess`` starts it."""

    name: str
    folder: Path
    port: int
    password: str = field(repr=False)
    configuration: str = field(repr=False)
    arguments: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        self.folder.mkdir()
        (self.folder / "server.conf").write_text(self.configuration)

    def spec(self) -> ProcessSpec:
        return ProcessSpec(
            name=self.name,
            argv=(str(valkey_program()), str(self.folder / "server.conf"), *self.arguments),
            answers=self.answers,
            ready_timeout_s=PATIENCE_S,
            stop_grace_s=5.0,
            lock=self.folder / "server.lock",
            cwd=self.folder,
            bare=True,
        )

    def answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), 1.0) as link:
                link.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                with link.makefile("rb") as lines:
                    return lines.readline() == b"+OK\r\n" and lines.readline() == b"+PONG\r\n"
        except OSError:
            return False


class House:
    """Two servers and some Sentinels. All passwords are the same; those of Sentinels need none."""

    def __init__(self, folder: Path, sentinels: int) -> None:
        self.password = os.urandom(8).hex()
        self.ports = spare_ports(2 + sentinels, random.SystemRandom())
        first, second, *rest = self.ports
        replicaof = f"replicaof 127.0.0.1 {first}"
        self.first = _server(folder, "first", first, self.password, "")
        self.second = _server(folder, "second", second, self.password, replicaof)
        self.sentinels = [
            self._sentinel(folder, port, first, quorum=sentinels // 2 + 1) for port in rest
        ]

    @property
    def url(self) -> str:
        """The service, by way of its Sentinels."""
        hosts = tuple((LOOPBACK, port) for port in self.ports[2:])
        target = Target(hosts, service=SERVICE)
        return url_of(target, self.password, sentinel_password=self.password)

    @contextlib.contextmanager
    def running(self) -> Iterator["House"]:
        """Start all; inside the block the replica is in step and every Sentinel knows all."""
        with contextlib.ExitStack() as stack:
            for server in (self.first, self.second, *self.sentinels):
                stack.enter_context(server)
            self._await_harmony()
            yield self

    def cut_off(self, server: ServerProcess) -> None:
        """Let a server know neither Sentinels nor replica any more; all others keep their line."""
        with redis.Redis.from_url(server.url) as client:
            client.execute_command("ACL", "SETUSER", "default", "resetpass", ">another")
            for one in client.client_list():
                if one["name"].startswith("sentinel-") or "S" in one["flags"]:
                    client.client_kill_filter(_id=one["id"])

    def await_replica(self, server: ServerProcess) -> None:
        """Return when a server that was the primary has been made a replica. Blocks."""
        _await(lambda: _role(server) == b"slave", "nobody deposes it")

    def await_primary(self, server: ServerProcess) -> None:
        """Return when a replica has been made the primary. Blocks."""
        _await(lambda: _role(server) == b"master", "nobody promotes it")

    def _await_harmony(self) -> None:
        _await(
            lambda: all(self._knows_all(one) for one in self.sentinels),
            "the Sentinels do not find each other",
        )

    def _knows_all(self, sentinel: ServerProcess) -> bool:
        with redis.Redis.from_url(sentinel.url, protocol=2) as client:
            client.response_callbacks.clear()
            flat = client.execute_command("SENTINEL", "MASTER", SERVICE)
            replicas = client.execute_command("SENTINEL", "REPLICAS", SERVICE)
        state = dict(zip(flat[::2], flat[1::2], strict=True))
        others = int(state[b"num-other-sentinels"]) == len(self.sentinels) - 1
        return others and any(b"ok" in replica for replica in replicas)

    def _sentinel(self, folder: Path, port: int, primary: int, quorum: int) -> ServerProcess:
        name = f"sentinel-{port}"
        text = _SENTINEL.format(
            port=port,
            folder=folder / name,
            password=self.password,
            primary=primary,
            quorum=quorum,
            down_after=DOWN_AFTER_MS,
        )
        program = _Program(name, folder / name, port, self.password, text, ("--sentinel",))
        return ServerProcess(program, folder / f"{name}.log")


def lone_server(folder: Path, more: str) -> ServerProcess:
    """Return a server with lines of one's own in its configuration, not started yet."""
    (port,) = spare_ports(1, random.SystemRandom())
    return _server(folder, "lone", port, os.urandom(8).hex(), more)


def _server(folder: Path, name: str, port: int, password: str, more: str) -> ServerProcess:
    text = _SERVER.format(port=port, folder=folder / name, password=password, more=more)
    program = _Program(name, folder / name, port, password, text)
    return ServerProcess(program, folder / f"{name}.log")


def _role(server: ServerProcess) -> bytes:
    with contextlib.suppress(redis.ConnectionError), redis.Redis.from_url(server.url) as client:
        said: bytes = client.execute_command("ROLE")[0]
        return said
    return b""  # its connections are cut when it is deposed


def _await(holds: Callable[[], bool], otherwise: str) -> None:
    asking.until(holds, PATIENCE_S, otherwise)
