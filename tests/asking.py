"""Asking another program again and again: it sends a test no event to wait for."""

import time
from collections.abc import Callable

STEP_S = 0.05


def until(
    holds: Callable[[], object], patience_s: float, otherwise: str = "it takes too long"
) -> None:
    """Return as soon as ``holds`` does; fail with ``otherwise`` when patience runs out."""
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(STEP_S)
