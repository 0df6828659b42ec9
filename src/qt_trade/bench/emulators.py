"""The emulated providers of a checkout, in a process of their own."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import qt_trade
from qt_trade.market.provider import Access

PATIENCE_S = 30.0
ROOT = Path(qt_trade.__file__).parents[2]
_CALLED = {"alpaca": "alpaca-data"}
"""Where an emulator is called by another name than its provider."""


class NoCheckoutError(Exception):
    """The emulators are not installed with the product."""


@contextmanager
def emulated(
    providers: Iterable[str], symbols: int, latency_ms: float
) -> Iterator[dict[str, Access]]:
    """Serve providers that know so many symbols, S0 and up, and limit nobody; yield how to reach them.

    Raises NoCheckoutError where there are none.
    """
    if not (ROOT / "tests" / "emulators" / "__main__.py").is_file():
        raise NoCheckoutError("it needs the emulators, which only a checkout of the sources has")
    names = [_CALLED.get(name, name) for name in providers]
    command = [sys.executable, "-m", "tests.emulators", *names, "--plan", "paid"]
    command += ["--latency-ms", str(latency_ms), "--symbols", str(symbols), "--unlimited"]
    process = subprocess.Popen(  # noqa: S603  # our own program, our own arguments
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        yield dict(_told(process, len(names)))
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def _told(process: subprocess.Popen[str], count: int) -> Iterator[tuple[str, Access]]:
    """Read what each emulator tells of itself: a word and its value on a line, then an empty one."""
    lines = process.stdout or ()
    for _ in range(count):
        told: dict[str, str] = {}
        for line in takewhile(str.strip, lines):
            word, value = line.split()
            told[word] = value
        if not told:
            raise RuntimeError("the emulators do not start")
        access = Access(
            key=told["key"],
            secret=told.get("secret", ""),
            base_url=told["base_url"],
            stream_url=told["stream_url"],
        )
        yield told["emulator"], access
