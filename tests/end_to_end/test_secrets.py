"""No generated secret shows anywhere but in the files that are closed to others."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from psycopg import sql
from tests.desktop.hands import PAGES, Hands
from tests.end_to_end.stack import QTRADE, Stack, running_stack

CLOSED = ("secrets", "connection.json")
"""Where secrets may stand, as files of mode 0600."""


def secrets_of(stack: Stack) -> set[str]:
    """Return every password of the run, and those in its URLs."""
    found = set()
    for file in filter(Path.is_file, (stack.data_dir / "secrets").rglob("*")):
        text = file.read_text().strip()
        found |= set(re.findall(r"://[^:/@\s]*:([^@\s]+)@", text)) if "://" in text else {text}
    return found


def redis_values(stack: Stack) -> Iterator[str]:
    """Return every value of every key, of whatever type."""
    with redis.Redis.from_url(stack.url_of("admin"), decode_responses=True) as admin:
        for key in admin.keys("*"):
            kind = admin.type(key)
            read: dict[str, Callable[[], object]] = {
                "string": lambda key=key: admin.get(key),
                "stream": lambda key=key: admin.xrange(key),
                "list": lambda key=key: admin.lrange(key, 0, -1),
                "hash": lambda key=key: admin.hgetall(key),
                "zset": lambda key=key: admin.zrange(key, 0, -1),
                "set": lambda key=key: admin.smembers(key),
            }
            yield f"{key} {read[kind]()}"
        yield str(admin.client_list())
        yield str(admin.config_get("*"))
        yield str(admin.acl_list())
        yield str(admin.acl_log())


def rows(stack: Stack) -> Iterator[str]:
    """Return every row of every table."""
    with psycopg.connect(stack.connection["database_url"]) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            whole = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, table))
            yield from (str(row[0]) for row in connection.execute(whole))


def processes(stack: Stack) -> Iterator[str]:
    """Return command line and environment of everybody, as /proc shows them to their owner."""
    for process in (*stack.everyone(), psutil.Process(stack.process.pid)):
        with suppress(psutil.NoSuchProcess):  # a backend of PostgreSQL may end just now
            yield f"{process.cmdline()} {process.environ()}"


def files(stack: Stack) -> Iterator[str]:
    """Return the logs, and every other file of the run that is not meant to hold secrets."""
    for path in stack.data_dir.rglob("*"):
        inside = path.relative_to(stack.data_dir).parts[0]
        if path.is_file() and inside not in CLOSED:
            with suppress(FileNotFoundError):  # PostgreSQL's come and go
                yield path.read_bytes().decode("utf-8", "replace")


def screens(hands: Hands) -> Iterator[str]:
    """Return what every page of the desktop shows."""
    hands.until(lambda: hands.snapshot.connected and len(hands.snapshot.quotes) == 5)
    for page in PAGES:
        hands.show(page)
        hands.settle()
        yield " ".join(hands.words())


def said_by_commands(stack: Stack) -> Iterator[str]:
    """Return what commands say, also when they cannot do what they are asked."""
    wrong = stack.url_of("trader").replace("trader:", "trader:x")
    for words in (
        ("status",), ("status", "--json"), ("doctor", "--json"), ("status", "--redis-url", wrong),
        ("doctor", "--redis-url", wrong), ("role", "nobody"), ("secrets", "rotate", "viewer"),
    ):  # fmt: skip
        command = [*QTRADE, *words]
        if "--redis-url" not in words and words[0] != "role":
            command += ["--data-dir", str(stack.data_dir)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        yield done.stdout + done.stderr


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("trade_unproven")
def test_no_secret_shows_anywhere(
    tmp_path: Path, open_desk: Callable[[str], Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in a log, a document, a table, a process list, an environment, or on a screen."""
    given = tmp_path / "finnhub"
    given.write_text("key-of-finnhub-4711")
    monkeypatch.setenv("QTRADE_PROVIDERS__FINNHUB__KEY_FILE", str(given))
    options = ("--feed", "simulation", "--speed", "60", "--autotrade", "AGGRESSIVE")
    with running_stack(tmp_path / "data", *options) as stack:
        hidden = secrets_of(stack)
        assert len(hidden) == 6
        assert "key-of-finnhub-4711" in hidden
        places = {
            "screen": screens(open_desk(stack.url_of("trader"))),
            "command": said_by_commands(stack),
            "Redis": redis_values(stack),
            "PostgreSQL": rows(stack),
            "process": processes(stack),
            "file": files(stack),
        }
        for place, texts in places.items():
            count = 0
            for text in texts:
                count += 1
                hidden |= secrets_of(stack)  # a command changes one
                shown = [secret for secret in hidden if secret in text]
                assert not shown, f"{place}: {text[:500]}"
            assert count, f"{place}: nothing was looked at"
        assert stack.stop() == 0, stack.logs()
        assert not any(secret in line for secret in hidden for line in stack.said)
