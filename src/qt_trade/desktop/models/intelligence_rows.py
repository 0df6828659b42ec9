"""What the Intelligence table is given: frozen rows, None where nothing is known."""

from dataclasses import dataclass
from typing import NamedTuple

from qt_trade.desktop.models.system_rows import State


class Span(NamedTuple):
    """A figure with its interval."""

    value: float
    low: float
    high: float


class Scale(NamedTuple):
    """From where to where all intervals of a table are drawn, so that they can be compared."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return where a value lies, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


class Action(NamedTuple):
    """What may be done with a model; without a verb nothing. ``hint``: why it is off."""

    verb: str = ""
    on: bool = False
    hint: str = ""


NO_ACTION = Action()


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One model at one horizon, or one symbol of it. ``difference`` in points of a hundred.

    ``waiting``: why there is no difference; ``needed`` 0: nobody says how many cases it takes.
    """

    key: str
    horizon_min: int
    name: str
    words: str
    state: State
    hit_rate: float | None
    naive: float | None
    difference: Span | None
    scale: Scale
    waiting: str
    verdict: State
    cases: int
    needed: int
    brier: float | None
    action: Action = NO_ACTION
    stale: bool = False
