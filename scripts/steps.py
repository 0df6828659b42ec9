"""Runs commands in plain words: what is being done, how long it took, and why it failed."""

# Annotations stay text in all of these modules, so that a Python too old for the rest still
# gets as far as saying so.
from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent


class SetupError(Exception):
    """Something that only a person can put right; the message says what to do."""


class StepError(Exception):
    """A command failed; the message is what it printed."""


def say(words: str) -> None:
    """Print a line at once, into a pipe as well."""
    _write(words + "\n")


def step(words: str, command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    """Run a command silently and say how long it took; raise StepError with its words."""
    begun = time.monotonic()
    _write(f"  {words} ...")
    with tempfile.TemporaryFile("w+", errors="replace") as heard:
        child = subprocess.Popen(  # noqa: S603 (every command is spelt out in these scripts)
            command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=heard,
            stderr=subprocess.STDOUT,
        )
        code = _wait(child, words, begun)
        heard.seek(0)
        printed = heard.read().strip()
    _write(f" {'failed after ' if code else ''}{time.monotonic() - begun:.1f} s\n")
    if code:
        raise StepError(printed or f"{command[0]} ended with exit code {code} and no word")


def _wait(child: subprocess.Popen[bytes], words: str, begun: float) -> int:
    """Wait for the end; where a person is looking on, count the seconds."""
    while True:
        try:
            return child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            if sys.stdout.isatty():
                _write(f"\r  {words} ... ({time.monotonic() - begun:.0f} s)")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
