"""What a person may ask of a run, and what of it makes no sense."""

from dataclasses import dataclass
from pathlib import Path

from qt_trade.model.limits import Strategy
from qt_trade.settings import FeedChoice


class BadOptionsError(ValueError):
    """Options that contradict each other; the text names the option and what would be right."""


@dataclass(frozen=True, slots=True)
class UpOptions:
    """The options of ``qtrade up``. ``run_for_s``: wall seconds after everything is ready."""

    feed: FeedChoice
    source: Path | None
    speed: float
    run_for_s: float | None
    autotrade: Strategy | None
    headless: bool
    restart: bool
    as_json: bool
    data_dir: Path

    def __post_init__(self) -> None:
        if self.feed is FeedChoice.REPLAY and self.source is None:
            raise BadOptionsError("--feed replay needs --from FILE, or a folder, of recorded bars")
        if self.feed is not FeedChoice.REPLAY and self.source is not None:
            raise BadOptionsError(f"--from belongs to --feed replay, not to {self.feed}")
        if self.feed is FeedChoice.REALTIME and self.speed != 1:
            raise BadOptionsError("--speed belongs to a replay or a simulation: real time has one")
        if self.source is not None and not self.source.exists():
            raise BadOptionsError(f"--from: there is no {self.source}")

    @property
    def source_key(self) -> str:
        """Return the name under which this feed's progress and accounts are kept."""
        match self.feed:
            case FeedChoice.REALTIME:
                return "realtime"
            case FeedChoice.SIMULATION:
                return "simulation:7"
            case FeedChoice.REPLAY:
                return f"replay:{self.source.stem if self.source else ''}"
