"""The work behind ``qtrade data export`` and ``import``."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.watchlist_tools import named
from qt_trade.kit.clock import SystemClock
from qt_trade.market.errors import BadRecordingError
from qt_trade.model.adjustments import Adjust
from qt_trade.model.feeds import FeedKind
from qt_trade.model.intervals import Interval
from qt_trade.model.symbols import Symbol
from qt_trade.storage.errors import StorageError
from qt_trade.wiring.bar_files import BarFiles, Export, bar_files

T = TypeVar("T")
NEW_YORK = ZoneInfo("America/New_York")
REALTIME = "realtime"
_KINDS = {"simulation": FeedKind.SIMULATION, "replay": FeedKind.REPLAY}

found_database = attach.find_database


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export, as it was typed; days are New York's, both included."""

    symbols: Sequence[Symbol]
    interval_s: int
    since: datetime | None
    until: datetime
    adjust: Adjust

    @classmethod
    def read(
        cls,
        symbols: Sequence[str],
        interval: Interval,
        since: datetime | None,
        until: datetime | None,
        adjust: Adjust,
    ) -> Self:
        """Read what was typed. Raises RefusalError that names the option."""
        end = SystemClock().now() if until is None else _day(until) + timedelta(days=1)
        begin = None if since is None else _day(since)
        if begin is not None and begin >= end:
            raise RefusalError("--since is after --until", USAGE)
        return cls(named(symbols), interval.seconds, begin, end, adjust)


def export(
    database: str, path: Path, wanted: Wanted, feed_key: str | None, *, as_json: bool
) -> None:
    """Write the bars and say how many; exit code 1 when there are none."""
    if not path.is_dir() and path.suffix != ".parquet":
        raise RefusalError(f"{path}: name a file *.parquet, or a folder that exists", USAGE)

    async def work(files: BarFiles) -> tuple[str, dict[Symbol, int]]:
        key = await _key(files, feed_key)
        asked = Export(
            key, wanted.symbols, wanted.interval_s, wanted.since, wanted.until, wanted.adjust
        )
        return key, await files.export(path, asked)

    key, counts = _done(database, work)
    if not any(counts.values()):
        raise RefusalError(f"no bars of {wanted.interval_s} s are stored of it under {key}")
    if as_json:
        print_json({"feed_key": key, "path": str(path), "bars": counts})
        return
    rows = [(symbol, f"{count:,}") for symbol, count in counts.items()]
    print_table(f"Written to {path} from {key}", ("Symbol", "#Bars"), rows)


def take(database: str, path: Path, feed_key: str, *, as_json: bool) -> None:
    """Store a file's bars and say how many of them were new."""
    kind = _KINDS.get(feed_key.partition(":")[0], FeedKind.REAL_TIME)

    async def work(files: BarFiles) -> tuple[int, int]:
        return await files.take(path, feed_key, kind)

    bars, changed = _done(database, work)
    if as_json:
        print_json({"feed_key": feed_key, "bars": bars, "changed": changed})
        return
    say(escape(f"{path}: {bars:,} bars, {changed:,} of them new or other than stored ({feed_key})"))


async def _key(files: BarFiles, asked: str | None) -> str:
    """Return whose bars are meant: the one asked for, real time's, else the only ones there are."""
    feeds = await files.feeds()
    if asked is not None and asked not in feeds:
        raise RefusalError(f"--feed-key: nothing is stored under {asked!r}; {_known(feeds)}", USAGE)
    if asked is not None or REALTIME in feeds:
        return asked or REALTIME
    if len(feeds) != 1:
        raise RefusalError(f"--feed-key: say whose bars; {_known(feeds)}", USAGE)
    return next(iter(feeds))


def _known(feeds: dict[str, int]) -> str:
    if not feeds:
        return "no bars are stored at all"
    return "there are " + ", ".join(f"{key} ({count:,} bars)" for key, count in feeds.items())


def _day(day: datetime) -> datetime:
    return day.replace(tzinfo=NEW_YORK).astimezone(UTC)


def _done(database: str, work: Callable[[BarFiles], Awaitable[T]]) -> T:
    async def body() -> T:
        async with bar_files(database) as files:
            return await work(files)

    try:
        return asyncio.run(body())
    except BadRecordingError as error:
        raise RefusalError(str(error), USAGE) from error
    except (StorageError, OSError, ValueError) as error:
        raise RefusalError(" ".join(str(error).split())) from error
