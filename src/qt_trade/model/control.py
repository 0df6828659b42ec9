"""What may happen to AutoTrading when the session that controls it dies."""

from enum import StrEnum


class ControllerLoss(StrEnum):
    """KEEP_TRADING goes on, PAUSE_ENTRIES opens nothing more, STOP switches AutoTrading off."""

    KEEP_TRADING = "KEEP_TRADING"
    PAUSE_ENTRIES = "PAUSE_ENTRIES"
    STOP = "STOP"
