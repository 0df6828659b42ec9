"""Reads the one hashed lock file: which of its pins a part of the product needs."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from scripts.steps import ROOT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LOCK = ROOT / "requirements.lock"
EXTRAS = ("server", "desktop", "embedded")
EVERYTHING = (*EXTRAS, "dev")
# What the editable installation of this package takes, in every part.
_BUILD = ("hatchling", "editables")


def project() -> dict[str, Any]:
    """Read those tables of pyproject.toml that decide what is installed."""
    import tomllib  # noqa: PLC0415 (too new for a Python that is only told to be too old)

    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {name: told[name] for name in ("build-system", "project", "dependency-groups")}


def digest() -> str:
    """Return a hash that changes whenever an environment has to be brought up to date."""
    told = json.dumps(project(), sort_keys=True).encode()
    return hashlib.sha256(told + LOCK.read_bytes()).hexdigest()


def wanted(told: dict[str, Any], groups: Iterable[str]) -> set[str]:
    """Name the direct dependencies of these groups, and what builds the package itself."""
    choice = told["project"]["optional-dependencies"] | told["dependency-groups"]
    lines = [*told["project"]["dependencies"], *_BUILD]
    lines += [line for group in groups for line in choice[group]]
    return {_canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in lines}


def part(lock: str, names: Collection[str]) -> str:
    """Return the pins that the named distributions need, found through the "via" remarks."""
    pins: dict[str, str] = {}
    needs: dict[str, set[str]] = {}
    for pin in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]:
        name = pin.partition("==")[0]
        pins[name] = pins.get(name, "") + pin
        for parent in re.findall(r"^ +#(?: via)? +([a-z0-9-]+)$", pin, flags=re.MULTILINE):
            needs.setdefault(parent, set()).add(name)
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= needs.get(name, set()) - found
    return "".join(pins[name] for name in sorted(found))


def _canonical(name: str) -> str:
    """Return a distribution's name in the one spelling that the lock uses."""
    return re.sub(r"[-_.]+", "-", name).lower()
