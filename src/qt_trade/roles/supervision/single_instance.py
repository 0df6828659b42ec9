"""One run per data folder: held by the kernel, so that no crash leaves a stale claim behind."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qt_trade.kit.clock import Clock
from qt_trade.roles.supervision.errors import AlreadyRunsError

LOCK_FILE = "run.lock"


@contextmanager
def single_instance(folder: Path, clock: Clock) -> Iterator[None]:
    """Hold the folder for the time of the block.

    Raises AlreadyRunsError, which says who holds it and what to do. The file stays: whether it is
    held is known to the kernel alone, and removing it would let two runs hold two files.
    """
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunsError(_refusal(folder, os.pread(descriptor, 4096, 0))) from None
        holder = {"pid": os.getpid(), "since": f"{clock.now():%Y-%m-%d %H:%M:%S} UTC"}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _refusal(folder: Path, written: bytes) -> str:
    try:
        holder = json.loads(written)
        who, end = f"process {holder['pid']} since {holder['since']}", f"`kill {holder['pid']}`"
    except (ValueError, KeyError, TypeError):
        # It took the lock this very moment and has not signed yet.
        who, end = "another process, just started", "Ctrl-C in its terminal"
    return (
        f"QtTrade already runs on {folder} ({who}). Attach to it with "
        f"`qtrade desktop --data-dir {folder}`, end it with {end}, "
        "or start a second one with another --data-dir."
    )
