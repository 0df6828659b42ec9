"""``qtrade up``: everything on this machine, until it is told to stop."""

from pathlib import Path
from typing import Annotated

import typer

from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import AsJson, DataDir
from qt_trade.model.feeds import FeedChoice
from qt_trade.model.limits import Strategy


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up")(up)


def up(  # noqa: PLR0913  # one option per wish
    *,
    feed: Annotated[
        FeedChoice, typer.Option(help="Which market data; a run never changes its kind.")
    ] = FeedChoice.REALTIME,
    source: Annotated[
        Path | None, typer.Option("--from", help="Recorded bars: a Parquet file or a folder.")
    ] = None,
    speed: Annotated[
        float, typer.Option(min=1, max=10_000, help="Times real time, for replay and simulation.")
    ] = 1.0,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Which simulation.", show_default="7")
    ] = None,
    run_for_s: Annotated[
        float | None, typer.Option("--for", min=1, help="End after so many wall seconds.")
    ] = None,
    autotrade: Annotated[
        Strategy | None,
        typer.Option(case_sensitive=False, help="Switch AutoTrading on."),
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="No desktop.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Play from the beginning, with a new account.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Trade REAL MONEY; asks for the account's number.")
    ] = False,
    confirm_live: Annotated[
        str | None,
        typer.Option(
            "--confirm-live", metavar="ACCOUNT", help="The number, for an unattended start."
        ),
    ] = None,
    data_dir: DataDir = None,
    redis_url: Annotated[
        str | None, typer.Option("--redis-url", help="Use this Redis (or set REDIS_URL).")
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option("--database-url", help="Use this PostgreSQL (or set DATABASE_URL)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start everything on this machine; stop it in order at Ctrl-C.

    Servers (embedded, or those of REDIS_URL and DATABASE_URL), streamer, engine, worker, beat and
    the desktop. Closing the window ends the run as well.
    """
    from qt_trade.cli import attach, running  # noqa: PLC0415  # start-up time
    from qt_trade.cli.live import confirmed_account  # noqa: PLC0415
    from qt_trade.roles.up.options import BadOptionsError, UpOptions  # noqa: PLC0415

    settings = attach.settings_of(redis_url=redis_url, database_url=database_url)
    try:
        options = UpOptions(
            feed=feed,
            source=source,
            speed=speed,
            seed=seed,
            run_for_s=run_for_s,
            autotrade=autotrade,
            headless=headless,
            restart=restart,
            as_json=as_json,
            data_dir=attach.data_folder(data_dir, settings),
            confirmed=confirmed_account(settings, feed, live=live, confirm_live=confirm_live),
        )
    except BadOptionsError as error:
        raise RefusalError(str(error), USAGE) from error
    raise typer.Exit(running.play(options, settings))
