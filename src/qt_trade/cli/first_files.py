"""The work behind ``qtrade init`` and ``qtrade prepare``."""

import os
import random
import secrets
from dataclasses import asdict
from pathlib import Path

from qt_trade.cli.attach import settings_of
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.supervision.errors import SupervisionError
from qt_trade.roles.supervision.private_files import write_private
from qt_trade.roles.supervision.users import EVERYBODY, hash_of, users_file
from qt_trade.settings import SettingsError

SECRET_BYTES = 24
CONTAINER_USER = 10001
"""Who the containers run as when root makes the files: never root, PostgreSQL would refuse."""
ENV_FILE = ".env"
USERS_FILE = "valkey/users.acl"
POSTGRES_PASSWORD = "secrets/postgres_password"  # noqa: S105  # a file's name
DATABASE_URL = "secrets/database_url"
KEYS = "keys"
VOLUMES = ("volumes/valkey", "volumes/postgres", "volumes/qtrade")

_ENV = """\
# Read by `docker compose`; made by `qtrade init`. No password stands here: they are in secrets/.
# All containers run as this user, so that the secrets can stay closed to everybody else.
QTRADE_UID={uid}
QTRADE_GID={gid}
# realtime, or simulation (no network at all; QTRADE_SPEED times as quick as real time).
QTRADE_FEED=realtime
QTRADE_SPEED=1
# How many sources must agree on a price. One is enough for simulated money alone.
QTRADE_QUORUM=2
# Where orders go: paper, alpaca-paper or alpaca-live (docs/guide/brokers.md).
QTRADE_BROKER=paper
# Where a desktop on this machine finds Redis. Other machines: through TLS or a tunnel.
QTRADE_REDIS_PORT=6379
"""


def make(folder: Path, *, force: bool) -> None:
    """Write all files and say what was made. Raises RefusalError when some are there already."""
    folder = folder.absolute()
    owner = _owner()
    texts = _texts(folder, owner)
    there = [name for name in texts if (folder / name).exists()]
    if there and not force:
        raise RefusalError(
            f"{folder} has {', '.join(there)} already: nothing was changed. Keep them, name "
            "another folder, or make all passwords anew with --force"
        )
    if ENV_FILE in there:
        del texts[ENV_FILE]  # it holds no passwords, and perhaps a person's own settings
    try:
        for name in ("secrets", "valkey", KEYS, *VOLUMES):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / name).chmod(0o700)
            os.chown(folder / name, *owner)
        for name, (text, _) in texts.items():
            write_private(folder / name, text)
            os.chown(folder / name, *owner)
    except OSError as error:
        raise RefusalError(f"{folder} cannot be written: {error.strerror}") from error
    rows = [(name, what) for name, (_, what) in texts.items()]
    print_table(
        f"Made in {folder} (mode 0600, owner {owner[0]}:{owner[1]})", ("file", "what"), rows
    )
    _say_what_next(folder)


def _owner() -> tuple[int, int]:
    """Return user and group of the files, which the containers run as."""
    return (CONTAINER_USER, CONTAINER_USER) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def _texts(folder: Path, owner: tuple[int, int]) -> dict[str, tuple[str, str]]:
    """Return every file's text and what it is."""
    passwords = {user: secrets.token_urlsafe(SECRET_BYTES) for user in EVERYBODY}
    database = _database_password(folder)
    files = {
        f"secrets/redis_{user}_password": (f"{password}\n", f"password of the Redis user {user}")
        for user, password in passwords.items()
    }
    hashes = {user: [hash_of(password)] for user, password in passwords.items()}
    env = _ENV.format(uid=owner[0], gid=owner[1])
    return files | {
        USERS_FILE: (users_file(hashes), "the users of Redis, with their passwords' hashes"),
        POSTGRES_PASSWORD: (f"{database}\n", "password of the PostgreSQL user qtrade"),
        DATABASE_URL: (
            f"postgresql://qtrade:{database}@postgres:5432/qt_trade\n",
            "where the roles find PostgreSQL",
        ),
        ENV_FILE: (env, "settings of compose.yaml, no secrets"),
    }


def _database_password(folder: Path) -> str:
    """Return a new password; the old one where PostgreSQL has made its folder with it."""
    made = folder / "volumes" / "postgres"
    kept = folder / POSTGRES_PASSWORD
    if kept.exists() and made.is_dir() and any(made.iterdir()):
        return kept.read_text(encoding="utf-8").strip()
    return secrets.token_urlsafe(SECRET_BYTES)


def _say_what_next(folder: Path) -> None:
    trader = folder / "secrets" / "redis_trader_password"
    say("Next: docker compose up --detach   (in the folder of compose.yaml)")
    say("      docker compose ps            (every service becomes healthy)")
    say(
        f"      qtrade desktop --redis-url 'redis://trader@127.0.0.1:6379/0?password_file={trader}'"
    )
    say(f"Keys of providers and of the broker: one file each in {folder / KEYS}, finnhub.key")
    say("Who only looks on takes viewer in both places. Change passwords: qtrade secrets rotate")


def prepare(*, restart: bool, as_json: bool) -> None:
    """Prepare a run and print it. Raises RefusalError with what stands in the way."""
    from qt_trade.roles.up.options import BadOptionsError  # noqa: PLC0415  # SQL, polars
    from qt_trade.roles.up.prepared import prepare as decide  # noqa: PLC0415

    settings = settings_of()
    try:
        settings.database()
        prepared = decide(settings, SystemClock(), random.SystemRandom(), restart=restart)
    except (SettingsError, BadOptionsError) as error:
        raise RefusalError(str(error), USAGE) from error
    except SupervisionError as error:
        raise RefusalError(str(error)) from error
    if as_json:
        print_json(asdict(prepared))
        return
    rows = list(prepared.environment().items())
    print_table("Prepared", ("setting", "value"), rows)
