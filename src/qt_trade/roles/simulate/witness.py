"""What the simulation saw: the trace, how often which fault struck, and every broken rule."""

from collections import Counter
from collections.abc import Callable

TRACE_KEPT = 400
"""The last lines of a seed's trace are those that say why it failed."""


class Witness:
    """Hears everything of one seed. ``now``: virtual seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.lines: list[str] = []
        self.faults: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []

    def note(self, words: str) -> None:
        """Keep a line of the trace."""
        self.lines.append(f"{self._now():9.3f}  {words}")
        if len(self.lines) > 2 * TRACE_KEPT:
            del self.lines[:TRACE_KEPT]

    def fault(self, kind: str, words: str = "") -> None:
        """Count a fault, and keep it in the trace."""
        self.faults[kind] += 1
        self.note(f"FAULT {kind}{': ' if words else ''}{words}")

    def violated(self, rule: str, words: str) -> None:
        """Note that a rule was broken."""
        line = f"{rule}: {words}"
        if line not in self.violations:
            self.violations.append(line)
            self.note(f"VIOLATED {line}")

    def require(self, holds: bool, rule: str, words: str) -> None:  # noqa: FBT001
        """Note a broken rule unless ``holds``."""
        if not holds:
            self.violated(rule, words)
