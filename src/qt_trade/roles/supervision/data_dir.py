"""The folder in which a person's runs live: who may use it, its secrets, how to attach to it."""

import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from qt_trade.roles.supervision.errors import DataDirError
from qt_trade.roles.supervision.private_files import write_private

LAYOUT_VERSION = 1
_VERSION_FILE = "version"
_CONNECTION_FILE = "connection.json"
_SECRET_BYTES = 24
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Connection:
    """What a desktop or a command needs to attach to a run. May hold passwords.

    ``redis_url`` is a trader's, ``viewer_url`` that of somebody who only looks on; those of an
    embedded server name the files of their passwords, which may be changed meanwhile.
    """

    redis_url: str = field(repr=False)
    viewer_url: str = field(repr=False)
    database_url: str = field(repr=False)
    run_id: str
    pid: int


@dataclass(frozen=True, slots=True)
class Secret:
    """A generated password; ``created`` when it did not exist before."""

    text: str = field(repr=False)
    created: bool


@dataclass(frozen=True, slots=True)
class DataDir:
    """A prepared folder. Make one with :func:`prepare_data_dir`."""

    path: Path

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.path / "logs"

    def secret_file(self, name: str) -> Path:
        """Return the file of a secret; nobody else may read it."""
        return self.path / "secrets" / name

    def keep_secret(self, name: str, text: str) -> Path:
        """Write a secret that is not ours to choose, and return its file. Raises DataDirError."""
        path = self.secret_file(name)
        with _in_words(path):
            write_private(path, f"{text}\n")
        return path

    def keep_keys(self, keys: Mapping[str, str]) -> Path:
        """Write a file per key into a folder that holds no others. Raises DataDirError."""
        folder = self.secret_file("keys")
        with _in_words(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            for old in folder.iterdir():
                old.unlink()
            for name, key in keys.items():
                write_private(folder / name, f"{key}\n")
        return folder

    def secret(self, name: str) -> Secret:
        """Return a password of this folder, generated the first time. Raises DataDirError."""
        path = self.secret_file(name)
        with _in_words(path):
            if path.exists():
                return Secret(path.read_text(encoding="utf-8").strip(), created=False)
            text = secrets.token_urlsafe(_SECRET_BYTES)
            write_private(path, f"{text}\n")
            return Secret(text, created=True)

    def write_connection(self, connection: Connection) -> None:
        """Leave word of where the run's servers are. Raises DataDirError."""
        with _in_words(self.path):
            write_private(self.path / _CONNECTION_FILE, json.dumps(asdict(connection)) + "\n")

    def read_connection(self) -> Connection | None:
        """Return where the servers of the last run are; None when it ended in order."""
        try:
            text = (self.path / _CONNECTION_FILE).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return Connection(**json.loads(text))

    def remove_connection(self) -> None:
        """Take the word back. Raises DataDirError."""
        with _in_words(self.path):
            (self.path / _CONNECTION_FILE).unlink(missing_ok=True)


def prepare_data_dir(path: Path) -> DataDir:
    """Create the folder (mode 0700) or check the one that is there.

    Raises DataDirError, in words, when it is somebody else's, not writable, open to the writing
    of others, or of a newer QtTrade.
    """
    path = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100  # a link stays a link
    with _in_words(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_owner(path)
        _check_rights(path)
        _check_version(path)
        for part in ("secrets", "logs"):
            (path / part).mkdir(mode=0o700, exist_ok=True)
    return DataDir(path)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise DataDirError(f"{path} is not a folder; choose another --data-dir") from error
    except OSError as error:
        raise DataDirError(
            f"{path} cannot be used: {error.strerror}; mend its rights or choose another --data-dir"
        ) from error


def _check_owner(path: Path) -> None:
    owner, we = path.stat().st_uid, os.geteuid()
    if owner != we:
        raise DataDirError(
            f"{path} belongs to user {owner}, this is user {we}: run as its owner "
            "or choose another --data-dir"
        )


def _check_rights(path: Path) -> None:
    ours = (path / _VERSION_FILE).exists() or not any(path.iterdir())
    if ours:
        path.chmod(0o700)
    elif path.stat().st_mode & _WRITABLE_BY_OTHERS:
        # Not made by us and not empty: it may be a folder that others need.
        raise DataDirError(
            f"{path} may be written by other users, passwords would not be safe there: "
            "choose another --data-dir"
        )
    if not os.access(path, os.W_OK | os.X_OK):
        raise DataDirError(f"{path} is not writable: choose another --data-dir")


def _check_version(path: Path) -> None:
    file = path / _VERSION_FILE
    if not file.exists():
        write_private(file, f"{LAYOUT_VERSION}\n")
        return
    text = file.read_text(encoding="utf-8").strip()
    if text != str(LAYOUT_VERSION):
        raise DataDirError(
            f"{path} has layout {text!r}, this QtTrade knows {LAYOUT_VERSION}: "
            "update QtTrade or choose another --data-dir"
        )
