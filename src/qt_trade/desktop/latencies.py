"""The last half hour of a connection: the slowest round trip of each stretch of time."""

from collections import deque
from datetime import datetime

SPAN_S = 1800.0
POINTS = 40
STEP_S = SPAN_S / POINTS


class Latencies:
    """Round trips by connection. A stretch in which nothing answered has no point."""

    def __init__(self) -> None:
        self._known: dict[str, deque[tuple[int, float]]] = {}

    def note(self, name: str, latency_ms: float | None, at: datetime) -> None:
        """Take over a measured round trip; None, because nothing answered, leaves no point."""
        if latency_ms is None:
            return
        step = int(at.timestamp() // STEP_S)
        points = self._known.setdefault(name, deque(maxlen=POINTS))
        if points and points[-1][0] == step:
            latency_ms = max(latency_ms, points.pop()[1])
        points.append((step, latency_ms))

    def of(self, name: str, at: datetime) -> tuple[float, ...]:
        """Return the points of the last half hour, oldest first, in milliseconds."""
        first = int(at.timestamp() // STEP_S) - POINTS
        return tuple(latency for step, latency in self._known.get(name, ()) if step > first)

    def forget(self, name: str) -> None:
        """Let go of a connection that is no more."""
        self._known.pop(name, None)
