"""What kind of market data a run shows; a run has one kind and never slides to another."""

from enum import StrEnum


class FeedKind(StrEnum):
    """The word every document, screen and log line of a run carries."""

    REAL_TIME = "REAL-TIME"
    DELAYED = "DELAYED"
    REPLAY = "REPLAY"
    SIMULATION = "SIMULATION"


class FeedChoice(StrEnum):
    """What a person may ask for with ``--feed``."""

    REALTIME = "realtime"
    REPLAY = "replay"
    SIMULATION = "simulation"

    @property
    def kind(self) -> FeedKind:
        """The word documents and screens carry."""
        match self:
            case FeedChoice.REALTIME:
                return FeedKind.REAL_TIME
            case FeedChoice.REPLAY:
                return FeedKind.REPLAY
            case FeedChoice.SIMULATION:
                return FeedKind.SIMULATION
