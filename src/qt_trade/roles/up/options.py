"""What a person may ask of a run, and what of it makes no sense."""

from dataclasses import dataclass
from pathlib import Path

from qt_trade.model.feeds import FeedChoice
from qt_trade.model.limits import Strategy


class BadOptionsError(ValueError):
    """Options that contradict each other; the text names the option and what would be right."""


@dataclass(frozen=True, slots=True)
class UpOptions:
    """The options of ``qtrade up``.

    ``run_for_s``: wall seconds after everything is ready. ``seed`` None: the usual simulation.
    """

    feed: FeedChoice
    source: Path | None
    speed: float
    seed: int | None
    run_for_s: float | None
    autotrade: Strategy | None
    headless: bool
    restart: bool
    as_json: bool
    data_dir: Path
    confirmed: str = ""
    """The number of the account that may trade real money, as it was typed."""

    def __post_init__(self) -> None:
        if self.feed is FeedChoice.REPLAY:
            self._check_source(self.source)
        elif self.source is not None:
            raise BadOptionsError(
                f"--from belongs to --feed replay, not to --feed {self.feed}: "
                "leave it out, or ask for the replay"
            )
        if self.feed is FeedChoice.REALTIME and self.speed != 1:
            raise BadOptionsError(
                "--speed belongs to --feed replay or simulation: real time has its own"
            )
        if self.feed is not FeedChoice.SIMULATION and self.seed is not None:
            raise BadOptionsError(f"--seed belongs to --feed simulation, not to {self.feed}")

    def _check_source(self, source: Path | None) -> None:
        if source is None:
            raise BadOptionsError(
                "--feed replay needs --from: a Parquet file of recorded minute bars, or a folder"
            )
        if not source.exists():
            raise BadOptionsError(f"--from {source}: there is no such file or folder")
