"""The work behind ``qtrade doctor``."""

import asyncio
import importlib.util
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qt_trade.cli.attach import data_folder, find_redis, left_word, settings_of
from qt_trade.cli.console import print_json, print_table
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.provider_table import setup
from qt_trade.cli.starting import has_display
from qt_trade.contract.trial import StepName, TrialStep, trial_of
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.logs import mask_secrets
from qt_trade.roles.supervision.errors import ServerError
from qt_trade.roles.supervision.ports import LOOPBACK, spare_ports
from qt_trade.roles.supervision.postgres import postgres_program
from qt_trade.roles.supervision.valkey import valkey_program

FREE_BYTES_MIN = 2_000_000_000
QT_START_S = 20.0
PARTS = {
    "server roles": ("celery", "redbeat", "sqlalchemy", "psycopg", "polars", "yfinance"),
    "desktop": ("PySide6", "keyring"),
}
_SETUP = "`make setup` installs it"
_WINDOW = """\
from PySide6.QtGui import QGuiApplication
from PySide6 import QtNetwork, QtQml, QtQuick
print(QGuiApplication(["qtrade"]).platformName())
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. ``fix`` says how to mend it; with ``ok`` it is only advice, or empty."""

    check: str
    ok: bool
    words: str
    fix: str = ""

    @property
    def sign(self) -> str:
        """Return the mark of its line."""
        return ("✓" if not self.fix else "!") if self.ok else "✕"


def run(target: Target, *, as_json: bool) -> None:
    """Print all findings. Raises RefusalError when one of them is bad."""
    folder = data_folder(target.data_dir, settings_of(redis_url=target.redis_url))
    findings = [check() for check in _checks(folder)]
    findings += [*redis(target), postgres(folder), *providers()]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        rows = [(f.sign, f.check, f.words, f.fix) for f in findings]
        print_table("Doctor", (" ", "check", "found", "to mend it"), rows)
    bad = [finding.check for finding in findings if not finding.ok]
    if bad:
        raise RefusalError(f"to be mended: {', '.join(bad)}")


def _checks(folder: Path) -> tuple[Callable[[], Finding], ...]:
    return (
        python,
        *(lambda what=what, names=names: packages(what, names) for what, names in PARTS.items()),
        embedded_servers,
        qt_libraries,
        display,
        time_zones,
        ports,
        lambda: data_dir(folder),
    )


def python() -> Finding:
    """Whether this interpreter is new enough (the code would not load in an older one)."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", ok=True, words=f"{version}, {sys.executable}")


def packages(what: str, names: tuple[str, ...]) -> Finding:
    """Whether the packages of a part of QtTrade are installed."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if not missing:
        return Finding(what, ok=True, words="packages installed")
    return Finding(what, ok=False, words=f"missing: {', '.join(missing)}", fix=_SETUP)


def embedded_servers() -> Finding:
    """Whether Valkey and PostgreSQL can be started from their wheels."""
    check = "embedded servers"
    try:
        programs = (valkey_program(), postgres_program("postgres"))
    except ServerError as error:
        fix = f"{_SETUP}, or set REDIS_URL and DATABASE_URL"
        return Finding(check, ok=False, words=str(error), fix=fix)
    return Finding(check, ok=True, words=", ".join(program.name for program in programs))


def qt_libraries() -> Finding:
    """Whether Qt and the system's libraries it needs can be loaded."""
    return _qt("Qt libraries", "offscreen")


def display() -> Finding:
    """Whether a window can be opened here."""
    if not has_display():
        words = "none: `qtrade up` starts headless"
        return Finding("display", ok=True, words=words, fix="run it in a graphical session")
    return _qt("display", None)


def _qt(check: str, platform: str | None) -> Finding:
    env = {**os.environ, **({} if platform is None else {"QT_QPA_PLATFORM": platform})}
    # In a process of its own: without its libraries or its display Qt ends the program.
    command = [sys.executable, "-c", _WINDOW]
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter, our own lines
            command, env=env, capture_output=True, text=True, timeout=QT_START_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Finding(check, ok=False, words="Qt does not start", fix="look at the display")
    if done.returncode == 0:
        return Finding(check, ok=True, words=f"Qt starts ({done.stdout.strip()})")
    said = [line for line in done.stderr.splitlines() if line.strip()]
    words = said[-1] if said else f"Qt ended with code {done.returncode}"
    fix = "`make setup` installs the system's libraries, or says which command does"
    return Finding(check, ok=False, words=words[:300], fix=fix)


def time_zones() -> Finding:
    """Whether the exchange's time zone is known, and what this machine's clock says."""
    now = SystemClock().now()
    try:
        there = now.astimezone(ZoneInfo("America/New_York"))
    except ZoneInfoNotFoundError:
        fix = "install the system's package tzdata"
        return Finding("clock", ok=False, words="America/New_York is unknown here", fix=fix)
    words = f"{now:%Y-%m-%d %H:%M:%S} UTC, in New York {there:%H:%M:%S}"
    return Finding("clock", ok=True, words=words)


def ports() -> Finding:
    """Whether there are free ports for embedded servers."""
    try:
        spare_ports(2, random.SystemRandom())
    except OSError as error:
        fix = "end what holds them, or set REDIS_URL and DATABASE_URL"
        return Finding("ports", ok=False, words=str(error), fix=fix)
    return Finding("ports", ok=True, words=f"free ones on {LOOPBACK}")


def data_dir(folder: Path) -> Finding:
    """Whether the data folder can be written and has room."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        fix = "mend its rights, or name another folder with --data-dir"
        return Finding("data folder", ok=False, words=f"{existing} is not writable", fix=fix)
    free = shutil.disk_usage(existing).free
    words = f"{folder}, {free / 1e9:.1f} GB free"
    fix = "" if free >= FREE_BYTES_MIN else "free some space: 2 GB are needed"
    return Finding("data folder", ok=free >= FREE_BYTES_MIN, words=words, fix=fix)


def redis(target: Target) -> list[Finding]:
    """Try the Redis of a running stack, or the person's own, step by step until one fails."""
    try:
        url = find_redis(target)
    except RefusalError:
        return [Finding("Redis", ok=True, words="no run under way: `qtrade up` starts one")]
    steps = asyncio.run(trial_of(url, SystemClock())).steps
    return [_of_step(step) for step in steps if step.ok is not None]


def _of_step(step: TrialStep) -> Finding:
    # A server where nobody has written yet lacks nothing: a run begins with it.
    ok = bool(step.ok) or step.name is StepName.BACKEND
    return Finding(f"Redis: {step.name}", ok=ok, words=step.words, fix=step.fix)


def postgres(folder: Path) -> Finding:
    """Whether the PostgreSQL of a running stack, or the person's own, answers."""
    settings = settings_of()
    left = left_word(folder)
    if settings.database_url is not None:
        return asyncio.run(_ask_postgres(settings.database()))
    if left is not None:
        return asyncio.run(_ask_postgres(left.database_url))
    return Finding("PostgreSQL", ok=True, words="no run under way: `qtrade up` starts one")


async def _ask_postgres(url: str) -> Finding:
    from qt_trade.storage.database import Database  # noqa: PLC0415  # a desktop has no SQL
    from qt_trade.storage.errors import StorageError  # noqa: PLC0415

    where = mask_secrets(url)
    database = Database(url, name="doctor", pool_size=1)
    try:
        latency_ms = await database.ping() * 1000
    except StorageError as error:
        fix = "start it with `qtrade up`, or correct DATABASE_URL"
        return Finding("PostgreSQL", ok=False, words=f"{where}: {error}"[:300], fix=fix)
    else:
        return Finding("PostgreSQL", ok=True, words=f"{where} answers in {latency_ms:.1f} ms")
    finally:
        await database.close()


def providers() -> list[Finding]:
    """Say of each provider of market data whether it has what it needs; nobody is asked."""
    return [
        Finding(
            f"market data: {one.spec.title}",
            ok=True,
            words="not configured" if one.missing else f"configured, plan {one.plan.name}",
            fix=one.missing,
        )
        for one in setup(settings_of())
    ]
