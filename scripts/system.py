"""Finds out what the operating system lacks, and installs it or says the one command that does."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scripts.steps import SetupError, StepError, say, step

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# Debian's package -> the shared objects that Qt's wheel asks of the system for offscreen, xcb and
# Wayland. A package stands for all that it brings along (libxcb-cursor0: image, render-util, util).
SYSTEM_LIBRARIES = {
    "libglib2.0-0": ("libglib-2.0.so.0", "libgthread-2.0.so.0"),
    "libgl1": ("libGL.so.1", "libX11.so.6", "libX11-xcb.so.1", "libxcb.so.1"),
    "libegl1": ("libEGL.so.1",),
    "libxkbcommon0": ("libxkbcommon.so.0",),
    "libfontconfig1": ("libfontconfig.so.1", "libfreetype.so.6", "libbrotlidec.so.1"),
    "libdbus-1-3": ("libdbus-1.so.3",),
    "libgssapi-krb5-2": ("libgssapi_krb5.so.2",),
    "libxkbcommon-x11-0": ("libxkbcommon-x11.so.0",),
    "libxcb-cursor0": ("libxcb-cursor.so.0", "libxcb-image.so.0", "libxcb-render-util.so.0"),
    "libxcb-icccm4": ("libxcb-icccm.so.4",),
    "libxcb-keysyms1": ("libxcb-keysyms.so.1",),
    "libxcb-shape0": ("libxcb-shape.so.0",),
    "libxcb-xkb1": ("libxcb-xkb.so.1",),
    "libwayland-cursor0": ("libwayland-cursor.so.0", "libwayland-client.so.0"),
    "libwayland-egl1": ("libwayland-egl.so.1",),
}

# Debian's package -> the program that a test drives, as a stranger would.
TEST_PROGRAMS = {"redis-tools": "redis-cli"}

# Loading shows what the dynamic linker finds on any distribution; a list of packages would not.
_PROBE = """\
import ctypes, sys
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(name)
    except OSError:
        print(name)
"""


class Gaps(NamedTuple):
    """What is missing: Debian's packages, and the same in any distribution's terms."""

    packages: tuple[str, ...] = ()
    plainly: tuple[str, ...] = ()


def find_gaps(python: Path, *, desktop: bool) -> Gaps:
    """Try what an environment of this interpreter needs, with Qt's libraries or without."""
    venv_works = not _run(str(python), "-c", "import ensurepip, venv").returncode
    sonames = [name for names in SYSTEM_LIBRARIES.values() for name in names] if desktop else []
    missing = _run(str(python), "-c", _PROBE, *sonames).stdout.split()
    return name_gaps(
        missing,
        venv_package=None if venv_works else venv_package(python),
        make=bool(shutil.which("make")),
    )


def find_test_gaps() -> Gaps:
    """Look for what the tests alone need: programs of other people's making."""
    missing = {package: name for package, name in TEST_PROGRAMS.items() if not shutil.which(name)}
    return Gaps(tuple(missing), tuple(f"the program {name}" for name in missing.values()))


def name_gaps(missing: Collection[str], *, venv_package: str | None, make: bool) -> Gaps:
    """Name the packages that bring what is missing; `make` only rides along, we run without it."""
    packages = [venv_package] if venv_package else []
    packages += [
        package for package, names in SYSTEM_LIBRARIES.items() if not set(names).isdisjoint(missing)
    ]
    plainly = ["the Python modules venv and ensurepip"] if venv_package else []
    if packages and not make:
        packages.append("make")
    return Gaps(tuple(packages), (*plainly, *missing))


def venv_package(python: Path) -> str:
    """Name Debian's package with `venv` for this interpreter."""
    if python == Path("/usr/bin/python3").resolve():
        return "python3-venv"
    return f"{python.name}-venv"


def close_gaps(gaps: Gaps) -> None:
    """Install what is missing where we may; otherwise raise SetupError with the one command."""
    if not gaps.packages:
        return
    if not shutil.which("apt-get"):
        raise SetupError(
            f"This system lacks: {', '.join(gaps.plainly)}.\n"
            "Install what brings them, then run this again."
        )
    root = os.geteuid() == 0
    sudo = bool(shutil.which("sudo"))
    if not root and (not sudo or _run("sudo", "-n", "true").returncode):
        raise SetupError(request(gaps.packages, sudo=sudo))
    say(f"The system lacks {', '.join(gaps.packages)}.")
    try:
        _apt([] if root else ["sudo", "-n"], gaps.packages)
    except StepError as error:
        say(str(error))
        raise SetupError(request(gaps.packages, sudo=sudo and not root)) from error


def request(packages: Sequence[str], *, sudo: bool) -> str:
    """Return the words, with one command on one line, for whoever may install packages here."""
    become = "sudo " if sudo else ""
    install = f"apt-get install --yes --no-install-recommends {' '.join(packages)}"
    return (
        f"This system lacks {len(packages)} packages that cannot be installed from here.\n"
        f"Have this one command run{'' if sudo else ' by root'}, then run this again:\n\n"
        f"    {become}apt-get update && {become}{install}\n"
    )


def _apt(become: Sequence[str], packages: Sequence[str]) -> None:
    apt = [*become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--yes"]
    wait = ["-o", "DPkg::Lock::Timeout=120"]
    # A fresh system has no package lists yet, and an old one's name files that are gone.
    step("fetching Debian's package lists", [*apt, "update"])
    step("installing them", [*apt, *wait, "install", "--no-install-recommends", *packages])


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (every command is spelt out in this file)
        command, check=False, capture_output=True, stdin=subprocess.DEVNULL, text=True
    )
