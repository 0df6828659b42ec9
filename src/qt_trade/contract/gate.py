"""What holds a process back of which another may have taken the place."""

from collections.abc import Callable

from qt_trade.contract.endpoints import Endpoint, Party
from qt_trade.contract.errors import HeldBackError

_OF_EVERYBODY = frozenset({Party.STREAMER, Party.WORKER})


class Gate:
    """Open until it is held to something; for those roles of which one process acts at a time."""

    def __init__(self) -> None:
        self._leads: Callable[[], bool] = lambda: True

    def hold_to(self, leads: Callable[[], bool]) -> None:
        """Write, read commands and answer from now on only while ``leads`` says so."""
        self._leads = leads

    def require(self) -> None:
        """Raise HeldBackError unless this process leads."""
        if not self._leads():
            raise HeldBackError("held back: another may lead by now")

    def require_for(self, endpoint: Endpoint[object]) -> None:
        """Raise it for a write; what every process tells of itself is nobody else's to tell."""
        if not endpoint.writers >= _OF_EVERYBODY:
            self.require()
