"""How a symbol's price fared in a session: how often it was sound, and its longest time without."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.market.evidence import Agreement

_PERCENT = 100


@dataclass(slots=True)
class SessionRecord:
    """Counts what is told of one symbol, from its first word in a session to its last."""

    _session: datetime | None = None
    _told: int = 0
    _sound: int = 0
    _doubtful_since: datetime | None = None
    _longest_s: float | None = None
    _longest_at: datetime | None = None

    def note(self, now: datetime, session: datetime | None, *, sound: bool) -> None:
        """Take note of what was told. ``session``: when the one under way began, None: none is."""
        if session is None:
            self._end_gap(now)
            return
        if session != self._session:
            self._session = session
            self._told = self._sound = 0
            self._doubtful_since = self._longest_s = self._longest_at = None
        self._told += 1
        self._sound += sound
        if sound:
            self._end_gap(now)
        elif self._doubtful_since is None:
            self._doubtful_since = now

    def so_far(self, now: datetime) -> Agreement:
        """Return the session's figures; a gap that lasts still counts with what it has."""
        if not self._told:
            return Agreement()
        longest_s, at, since = self._longest_s, self._longest_at, self._doubtful_since
        if since is not None and (now - since).total_seconds() > (longest_s or 0.0):
            longest_s, at = (now - since).total_seconds(), since
        return Agreement(self._sound / self._told * _PERCENT, longest_s, at)

    def _end_gap(self, now: datetime) -> None:
        since, self._doubtful_since = self._doubtful_since, None
        if since is None:
            return
        length_s = (now - since).total_seconds()
        if self._longest_s is None or length_s > self._longest_s:
            self._longest_s, self._longest_at = length_s, since
