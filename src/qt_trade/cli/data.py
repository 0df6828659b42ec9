"""``qtrade data``: what is stored of the past, fetching what is missing, files in and out."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target
from qt_trade.cli.sessions import DatabaseUrl
from qt_trade.model.adjustments import Adjust
from qt_trade.model.intervals import Interval

app = typer.Typer(help="The stored bars: fetch, look, export, import.", rich_markup_mode=None)

_Length = Annotated[Interval, typer.Option("--interval", help="How long the bars are.")]
_Since = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, such as 2026-01-31.")
]
_Until = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; without it today.")
]
_Feed = Annotated[
    str | None,
    typer.Option("--feed-key", help="Whose bars, such as realtime or simulation:7."),
]


def register(app_of_all: typer.Typer) -> None:
    """Add the commands."""
    app_of_all.add_typer(app, name="data")


@app.command("status")
def status(
    *, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False
) -> None:
    """Show what is stored by interval, its gaps, and the last backfills."""
    from qt_trade.cli import data_requests  # noqa: PLC0415  # start-up time

    data_requests.status(Target(data_dir, redis_url, viewer=True), as_json=as_json)


@app.command("backfill")
def backfill(
    symbols: Annotated[
        list[str] | None, typer.Argument(help="Such as AAPL; none: the whole watch list.")
    ] = None,
    *,
    interval: _Length = Interval.MIN_1,
    since: _Since = None,
    until: _Until = None,
    wait: Annotated[bool, typer.Option(help="Show its progress until it has ended.")] = True,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Fetch what is missing between two days, both included; what is there is not asked again.

    Without --since: the last 5 days of minutes, 58 of 5 or 15 minutes, two years of days.
    Ends with code 1 when it was refused or failed. Ctrl-C leaves it running.
    """
    from qt_trade.cli import data_requests  # noqa: PLC0415  # start-up time

    asked = data_requests.Asked.read(symbols or [], interval, since, until)
    data_requests.backfill(asked, Target(data_dir, redis_url), wait=wait, as_json=as_json)


@app.command("cancel")
def cancel(
    job: Annotated[str, typer.Argument(help="The job's id, as `qtrade data status` shows it.")],
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Stop a backfill; what it has stored stays."""
    from qt_trade.cli import data_requests  # noqa: PLC0415  # start-up time

    data_requests.cancel(job, Target(data_dir, redis_url), as_json=as_json)


@app.command("export")
def export(  # noqa: PLR0913  # one option per wish
    path: Annotated[Path, typer.Argument(help="A Parquet file, or a folder: a file per symbol.")],
    symbols: Annotated[list[str] | None, typer.Argument(help="None: all that are stored.")] = None,
    *,
    interval: _Length = Interval.MIN_1,
    since: _Since = None,
    until: _Until = None,
    adjust: Annotated[Adjust, typer.Option(help="For splits, or dividends too.")] = Adjust.NOTHING,
    feed_key: _Feed = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write stored bars to Parquet, raw unless asked otherwise.

    Files of minutes can be played with `qtrade up --feed replay --from FILE`.
    """
    from qt_trade.cli import data_files  # noqa: PLC0415  # start-up time

    wanted = data_files.Wanted.read(symbols or [], interval, since, until, adjust)
    database = data_files.found_database(data_dir, database_url)
    data_files.export(database, path, wanted, feed_key, as_json=as_json)


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A Parquet file of bars, or a folder of them.")],
    *,
    feed_key: Annotated[str, typer.Option("--feed-key", help="Whose bars they are.")] = "realtime",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Store a file's bars; what is stored already is not stored twice.

    A file that cannot be right is refused whole, with its column and row.
    """
    from qt_trade.cli import data_files  # noqa: PLC0415  # start-up time

    database = data_files.found_database(data_dir, database_url)
    data_files.take(database, path, feed_key, as_json=as_json)
