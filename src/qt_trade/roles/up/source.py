"""What a run is going to play, looked at before anything is started."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from qt_trade import wiring
from qt_trade.kit.clock import Clock
from qt_trade.market.errors import MarketDataError
from qt_trade.model.feeds import FeedChoice
from qt_trade.roles.supervision.errors import StartError
from qt_trade.roles.up.options import UpOptions
from qt_trade.settings import SEED, Settings, SettingsError

_NAME_LENGTH_MAX = 40
_HASH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A feed that can be played. ``key``: under which its progress and accounts are kept."""

    key: str
    name: str


def look_at(options: UpOptions, settings: Settings, clock: Clock) -> Source:
    """Return what will be played. Raises StartError naming what is wrong with it.

    Takes a moment for a recording: it is read whole, as the streamer will, so that a file that
    cannot be played is refused in words and not by a role that dies again and again.
    """
    match options.feed:
        case FeedChoice.REALTIME:
            _check_providers(settings)
            return Source("realtime", "the providers' consensus")
        case FeedChoice.SIMULATION:
            seed = SEED if options.seed is None else options.seed
            return Source(f"simulation:{seed}", f"seed {seed}")
        case FeedChoice.REPLAY:
            return _recording(options, settings, clock)


def _check_providers(settings: Settings) -> None:
    """Find a wrong plan, option or name before the roles do, which would die of it one by one."""
    if not settings.providers:
        return
    from qt_trade.wiring.providers import (  # noqa: PLC0415  # imports every vendor
        configured,
        known_specs,
    )

    try:
        configured(settings, known_specs())
    except SettingsError as error:
        raise StartError(str(error)) from error


def _recording(options: UpOptions, settings: Settings, clock: Clock) -> Source:
    if options.source is None:
        raise StartError("--feed replay needs --from")
    path = options.source.resolve()
    feed = settings.feed.model_copy(
        update={"choice": FeedChoice.REPLAY, "source": path, "speed": options.speed, "start": None}
    )
    mine = settings.model_copy(update={"feed": feed, "data_dir": options.data_dir})
    try:
        wiring.make_source(mine, clock, None)
        key = recording_key(path)
    except MarketDataError as error:
        raise StartError(f"--from {error}") from error
    except OSError as error:
        raise StartError(f"--from {path}: cannot be read: {error.strerror}") from error
    return Source(key, path.name)


def recording_key(path: Path) -> str:
    """Return a readable name that belongs to what is recorded, wherever the file lies.

    Two recordings of the same name must not share an account, and one that was moved keeps its.
    Raises OSError.
    """
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    whole = hashlib.blake2b(digest_size=_HASH_BYTES)
    for file in files:
        with file.open("rb") as content:
            whole.update(hashlib.file_digest(content, "blake2b").digest())
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", path.stem if path.is_file() else path.name)
    return f"replay:{name[:_NAME_LENGTH_MAX]}-{whole.hexdigest()}"
