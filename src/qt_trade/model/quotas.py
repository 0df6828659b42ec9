"""How often something outside may be asked, and how much of that is used."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Window(StrEnum):
    """What a limit counts over: seconds and minutes slide, days and months are the calendar's."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"

    @property
    def sliding(self) -> timedelta | None:
        """Its length where it slides; None for one of the calendar's, in UTC."""
        return _SLIDING.get(self)

    @property
    def margin(self) -> timedelta:
        """By how much a call may arrive later than another that left at the same time.

        We count a sliding window so much longer than it is, and what is taken so close to the end
        of a day in both days: no network's moods make a provider see more than it allows.
        """
        return _MARGINS[self]


_SLIDING = {Window.SECOND: timedelta(seconds=1), Window.MINUTE: timedelta(minutes=1)}
_MARGINS = {
    Window.SECOND: timedelta(milliseconds=500),
    Window.MINUTE: timedelta(seconds=2),
    Window.DAY: timedelta(seconds=5),
    Window.MONTH: timedelta(seconds=5),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` calls, or credits where those are billed, within a window."""

    count: int
    window: Window

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"a limit of {self.count} per {self.window} allows nothing")


@dataclass(frozen=True, slots=True)
class WindowUse:
    """A limit and what of it is used. ``resets_at``: when all of it is there again, None: unused."""

    limit: Limit
    used: int
    resets_at: datetime | None

    @property
    def left(self) -> int:
        """What may still be spent now."""
        return max(0, self.limit.count - self.used)


class ProviderState(StrEnum):
    """Whether a provider is asked.

    OK. LIMITED: a limit is reached or a pause was asked for. RESTING: it failed again and again,
    and is left alone until ``until``. PROBING: one call finds out whether it is back. REFUSED: it
    does not accept our key. NOT_CONFIGURED: nobody gave it one.
    """

    OK = "OK"
    LIMITED = "LIMITED"
    RESTING = "RESTING"
    PROBING = "PROBING"
    REFUSED = "REFUSED"
    NOT_CONFIGURED = "NOT_CONFIGURED"


@dataclass(frozen=True, slots=True)
class QuotaState:
    """One provider's budget as all processes share it. ``until``: when its state ends by itself."""

    windows: tuple[WindowUse, ...]
    state: ProviderState = ProviderState.OK
    words: str = ""
    until: datetime | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer's headers say of a window: the provider's own count, which goes before ours."""

    window: Window
    left: int


class LedgerAwayError(Exception):
    """The budgets cannot be read: nobody may be asked meanwhile, for nobody counts."""
