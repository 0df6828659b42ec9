"""Makes .venv from the lock file, quickly, once; later calls only look at a stamp."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from scripts import lock, pip_settings, system
from scripts.steps import ROOT, SetupError, StepError, say, step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

VENV = ROOT / ".venv"
BIN = VENV / "bin"
_STAMP = VENV / "setup.json"

# Looks through links, shims and virtual environments at the interpreter itself.
_WHO = """\
import os, sys
assert sys.version_info >= (3, 11)
print(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable))
"""


class Stamp(NamedTuple):
    """What an environment was made of."""

    place: str  # scripts in .venv hold its absolute path: a moved folder needs a new one
    python: str
    digest: str
    groups: frozenset[str]

    def covers(self, wanted: Stamp) -> bool:
        """Tell whether nothing has to be done."""
        return self[:3] == wanted[:3] and self.groups >= wanted.groups

    def grows_into(self, wanted: Stamp) -> bool:
        """Tell whether adding and updating is enough, or a new environment must be made."""
        return self[:2] == wanted[:2] and self.groups <= wanted.groups


def ensure(groups: Iterable[str], *, exactly: bool = False) -> None:
    """Make or update .venv until it holds these groups (exactly: and no others)."""
    # The lock on this file lets a second call wait for the first, and leaves nothing behind.
    with Path(__file__).open(encoding="utf-8") as this, _alone(this.fileno()):
        python = _python()
        old = _read_stamp()
        wanted = Stamp(str(ROOT), _fingerprint(python), lock.digest(), frozenset(groups))
        if old and not exactly:
            wanted = wanted._replace(groups=wanted.groups | old.groups)
        if old and (old == wanted if exactly else old.covers(wanted)):
            return
        _make(python, wanted, fresh=not (old and old.grows_into(wanted)))


@contextmanager
def _alone(descriptor: int) -> Iterator[None]:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another call is working on .venv; waiting for it.")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield


def _make(python: Path, wanted: Stamp, *, fresh: bool) -> None:
    begun = time.monotonic()
    parts = ", ".join(sorted(wanted.groups))
    say(f"Preparing the environment in .venv ({parts}).")
    gaps = system.find_gaps(python, desktop="desktop" in wanted.groups)
    system.close_gaps(gaps)
    _STAMP.unlink(missing_ok=True)
    try:
        if fresh:
            command = [str(python), "-m", "venv", "--clear", str(VENV)]
            step(f"making .venv with {python}", command)
        _install(wanted.groups)
    except StepError as error:
        raise SetupError(f"{error}\n\nThe environment could not be made.") from error
    _write_stamp(wanted)
    say(f"The environment is ready after {time.monotonic() - begun:.1f} s.\n")


def _install(groups: Iterable[str]) -> None:
    """Install the pins of these groups and the package itself: with uv, else with pip."""
    whole = lock.LOCK.read_text(encoding="utf-8")
    pins = lock.part(whole, lock.wanted(lock.project(), groups))
    with TemporaryDirectory() as folder:
        chosen = Path(folder, "chosen.lock")
        chosen.write_text(pins, encoding="utf-8")
        count = pins.count("==")
        try:
            environ = fetch_uv()
            uv = [str(BIN / "uv"), "--quiet", "pip"]
            sync = [*uv, "sync", "--require-hashes", str(chosen)]
            step(f"installing {count} packages (up to 250 MB the first time)", sync, environ)
            step("installing QtTrade itself", [*uv, "install", *_EDITABLE], environ)
        except (StepError, OSError) as error:
            say(f"{error}\nThat was uv; pip does the same, more slowly.")
            _install_with_pip(chosen, count)
    _compile()


_EDITABLE = ("--no-deps", "--no-build-isolation", "--editable", ".")


def _install_with_pip(chosen: Path, count: int) -> None:
    pip = [*_PIP, "install", "--quiet", "--no-compile"]
    pins = [*pip, "--no-deps", "--require-hashes", "--requirement", str(chosen)]
    step(f"installing {count} packages with pip", pins, _pip_environment())
    step("installing QtTrade itself", [*pip, *_EDITABLE], _pip_environment())


def _compile() -> None:
    """Compile what the roles import: where Python may write no bytecode, each start would."""
    never_started = r"/(tests?|mypyc?|pip|setuptools|pkg_resources|PySide6/scripts)/"
    compile_all = [str(BIN / "python"), "-m", "compileall", "-q", "-j", "0", "-x", never_started]
    step("compiling them for a quick start", [*compile_all, str(VENV / "lib"), "src"])


_PIP = (str(BIN / "python"), "-m", "pip")


def _pip_environment() -> dict[str, str]:
    """Return the environment in which pip installs into .venv, whatever is usual elsewhere."""
    return os.environ | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def fetch_uv() -> dict[str, str]:
    """Put the pinned uv into .venv and return the environment it works in; raise StepError."""
    with TemporaryDirectory() as folder:
        pin = Path(folder, "uv.lock")
        pin.write_text(lock.part(lock.LOCK.read_text(encoding="utf-8"), ["uv"]), encoding="utf-8")
        fetch = [*_PIP, "install", "--quiet", "--require-hashes", "--requirement", str(pin)]
        step("fetching uv, the installer", fetch, _pip_environment())
    listing = subprocess.run(  # noqa: S603
        [*_PIP, "config", "list"], check=False, capture_output=True, text=True
    ).stdout
    environ = pip_settings.uv_environment(listing, os.environ)
    environ["VIRTUAL_ENV"] = str(VENV)
    return _link_mode(environ) | environ


def _link_mode(environ: Mapping[str, str]) -> dict[str, str]:
    """Link files out of uv's cache where it lies on the same file system; nothing is quicker."""
    cache = subprocess.run(  # noqa: S603
        [BIN / "uv", "cache", "dir"], check=True, capture_output=True, text=True, env=environ
    ).stdout.strip()
    there = next(place for place in (Path(cache), *Path(cache).parents) if place.exists())
    same = there.stat().st_dev == VENV.stat().st_dev
    return {"UV_LINK_MODE": "hardlink" if same else "copy"}


# --- the interpreter and the stamp ----------------------------------------------------------


def _python() -> Path:
    """Return the interpreter to use: PYTHON, else the one .venv stands on, else our own."""
    wish = os.environ.get("PYTHON")
    if wish:
        return _chosen(wish)
    present = (BIN / "python").resolve()
    stamp = _read_stamp()
    if stamp and present.is_file() and _fingerprint(present) == stamp.python:
        return present
    return _chosen(sys.executable)


def _chosen(name: str) -> Path:
    python = _behind(name)
    if python is None:
        raise SetupError(f"{name} is not a Python 3.11 or newer; choose one with PYTHON=...")
    return python


def _behind(name: str) -> Path | None:
    """Return the file of the interpreter that runs under this name, None if it is too old."""
    try:
        answer = subprocess.run(  # noqa: S603
            [name, "-c", _WHO], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None  # a shim without an interpreter, a file that is no Python, an older one
    return Path(answer.stdout.strip())


def _fingerprint(python: Path) -> str:
    """Tell one build of an interpreter from the next: an upgrade in place changes it."""
    about = python.stat()
    return f"{python} {about.st_size} {about.st_mtime_ns}"


def _read_stamp() -> Stamp | None:
    """Return what .venv was made of; None when it was never finished or has lost its Python."""
    if not (BIN / "python").exists():
        return None
    try:
        told = json.loads(_STAMP.read_text(encoding="utf-8"))
        return Stamp(told["place"], told["python"], told["digest"], frozenset(told["groups"]))
    except (OSError, ValueError, KeyError):
        return None  # a half-made environment is made again, which needs no word


def _write_stamp(stamp: Stamp) -> None:
    told = stamp._asdict() | {"groups": sorted(stamp.groups)}
    _STAMP.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def newer_python() -> Path | None:
    """Return an interpreter of this machine that is new enough, for one that is not."""
    found = map(_behind, ("python3.13", "python3.12", "python3.11"))
    return next((python for python in found if python), None)
