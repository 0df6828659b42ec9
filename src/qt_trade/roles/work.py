"""What a process has done that was of use: noted by its work, told by its reports."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.kit.clock import Clock

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WorkDone:
    """The last useful work, and how much of it there was."""

    at: datetime | None
    words: str
    pieces: int
    per_minute: float


class Work:
    """Notes from any thread. Mere life is no work: nobody notes that he waits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: tuple[datetime, str] | None = None
        self._proof: tuple[datetime, str] | None = None
        self._pieces = 0
        self._counts: deque[tuple[datetime, int]] = deque([(clock.now(), 0)])

    def done(self, words: str, pieces: int = 1) -> None:
        """Note work that somebody wanted."""
        with self._lock:
            self._last = (self._clock.now(), words)
            self._pieces += pieces

    def proved(self, words: str) -> None:
        """Note work that was asked for as a proof, such as the canary's."""
        with self._lock:
            self._proof = (self._clock.now(), words)
            self._pieces += 1

    def told(self) -> WorkDone:
        """Return what has been done until now."""
        with self._lock:
            last, proof, pieces = self._last, self._proof, self._pieces
            per_minute = self._rate()
        if proof is None or (last is not None and last[0] >= proof[0]):
            at, words = last or (None, "")
        else:
            at, words = proof
            if last is not None:
                words += f" ({last[1]} at {last[0]:%H:%M:%S} UTC)"
        return WorkDone(at, words, pieces, per_minute)

    def _rate(self) -> float:
        now = self._clock.now()
        while len(self._counts) > 1 and now - self._counts[1][0] >= MINUTE:
            self._counts.popleft()
        since, before = self._counts[0]
        if now > self._counts[-1][0]:
            self._counts.append((now, self._pieces))
        elapsed = now - since
        return 0.0 if elapsed <= timedelta() else (self._pieces - before) / (elapsed / MINUTE)
