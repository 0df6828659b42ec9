"""What roles without a supervisor play: decided once, and the same for all of them.

``qtrade up`` hands its roles the run's id, account and place in the feed. Where somebody else
starts them (containers, service managers) ``qtrade prepare`` decides these things beforehand and
leaves them in the data folder, from where every role takes them at its start.
"""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from qt_trade import wiring
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import mask_secrets
from qt_trade.model.feeds import FeedChoice
from qt_trade.roles.supervision.data_dir import prepare_data_dir
from qt_trade.roles.supervision.errors import StartError
from qt_trade.roles.supervision.private_files import write_private
from qt_trade.roles.up.options import UpOptions
from qt_trade.roles.up.source import look_at
from qt_trade.settings import Settings
from qt_trade.storage.errors import StorageError

RUN_FILE = "run.json"
RUN_ID = "QTRADE_RUN__ID"


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run as all its roles see it. ``start``: feed time to go on from; times in ISO 8601."""

    run_id: str
    feed: str
    account: str
    source_key: str
    started: str
    start: str | None

    def environment(self) -> dict[str, str]:
        """Return what ``qtrade up`` would hand its roles."""
        env = {
            RUN_ID: self.run_id,
            "QTRADE_RUN__ACCOUNT": self.account,
            "QTRADE_RUN__SOURCE_KEY": self.source_key,
            "QTRADE_RUN__STARTED": self.started,
        }
        return env if self.start is None else env | {"QTRADE_FEED__START": self.start}


def new_run_id(clock: Clock, rng: random.Random) -> str:
    """Return an id that no other run has, and that sorts by time."""
    return f"{clock.now():%Y%m%dT%H%M%S}-{rng.getrandbits(16):04x}"


def prepare(
    settings: Settings, clock: Clock, rng: random.Random, *, restart: bool = False
) -> PreparedRun:
    """Bring the database's tables up to date, decide the run and leave word of it.

    Raises StartError (the database cannot be used, a recording cannot be played), DataDirError
    and BadOptionsError.
    """
    feed = settings.feed
    options = UpOptions(
        feed=feed.choice,
        source=feed.source,
        speed=feed.speed,
        seed=feed.seed if feed.choice is FeedChoice.SIMULATION else None,
        run_for_s=None,
        autotrade=None,
        headless=True,
        restart=restart,
        as_json=False,
        data_dir=settings.data_dir,
    )
    data_dir = prepare_data_dir(settings.data_dir)
    source = look_at(options, settings, clock)
    kind = feed.choice.kind
    try:
        record = asyncio.run(
            wiring.prepare_run(settings.database(), source.key, kind, restart=restart)
        )
    except StorageError as error:
        where = mask_secrets(settings.database())
        raise StartError(f"the database {where} cannot be used: {error}") from error
    prepared = PreparedRun(
        run_id=new_run_id(clock, rng),
        feed=feed.choice,
        account=record.account,
        source_key=source.key,
        started=clock.now().isoformat(),
        start=None if record.resume_at is None else record.resume_at.isoformat(),
    )
    write_private(data_dir.path / RUN_FILE, json.dumps(asdict(prepared)) + "\n")
    return prepared


def environment_for_role(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a role still has to be told: nothing where its run was handed to it.

    Raises StartError when the prepared run is of another feed, or a feed with laps was never
    prepared: its account would be a guess.
    """
    if RUN_ID in environ:
        return {}
    choice = settings.feed.choice
    prepared = _read(settings.data_dir / RUN_FILE)
    if prepared is None:
        if choice is FeedChoice.REALTIME:
            return {}
        raise StartError(f"--feed {choice}: nothing is prepared; run `qtrade prepare` before")
    if prepared.feed != choice:
        raise StartError(
            f"{settings.data_dir} is prepared for {prepared.feed}, this role is told {choice}: "
            "run `qtrade prepare` with the same settings"
        )
    return prepared.environment()


def _read(path: Path) -> PreparedRun | None:
    try:
        return PreparedRun(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise StartError(f"{path} cannot be read ({error}): run `qtrade prepare` again") from error
