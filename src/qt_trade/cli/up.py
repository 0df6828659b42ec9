"""``qtrade up``: everything on this machine, until it is told to stop."""

from pathlib import Path
from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir
from qt_trade.model.limits import Strategy
from qt_trade.settings import FeedChoice


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up")(up)


def up(
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
    run_for_s: Annotated[
        float | None, typer.Option("--for", min=1, help="End after so many wall seconds.")
    ] = None,
    autotrade: Annotated[
        Strategy | None,
        typer.Option(case_sensitive=False, help="Switch AutoTrading on (PAPER money)."),
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="No desktop.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Play from the beginning, with a new account.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Start servers, roles and desktop; stop them in order at Ctrl-C or when the window closes."""
    from qt_trade.cli import running  # noqa: PLC0415  # start-up time
    from qt_trade.roles.up.options import BadOptionsError, UpOptions  # noqa: PLC0415

    try:
        options = UpOptions(
            feed=feed,
            source=source,
            speed=speed,
            run_for_s=run_for_s,
            autotrade=autotrade,
            headless=headless,
            restart=restart,
            as_json=as_json,
            data_dir=running.folder(data_dir),
        )
    except BadOptionsError as error:
        raise typer.BadParameter(str(error)) from error
    raise typer.Exit(running.play(options))
