"""``qtrade init`` and ``qtrade prepare``: what servers of one's own need, before and at each start."""

from pathlib import Path
from typing import Annotated

import typer

from qt_trade.cli.options import AsJson


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("prepare")(prepare)


def init(
    folder: Annotated[Path, typer.Argument(help="Where compose.yaml lies.")] = Path(),
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Make all passwords anew, also where there are some.")
    ] = False,
) -> None:
    """Make passwords, the Redis users and .env for servers of your own.

    Nothing is overwritten without --force, and no password is shown.
    """
    from qt_trade.cli import first_files  # noqa: PLC0415  # start-up time

    first_files.make(folder, force=force)


def prepare(
    *,
    restart: Annotated[
        bool, typer.Option("--restart", help="Play from the beginning, with a new account.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database's tables and decide the run, before roles start without `qtrade up`.

    Settings come from the environment (DATABASE_URL, QTRADE_FEED__CHOICE, ...); every `qtrade
    role` with the same QTRADE_DATA_DIR plays what was decided. Do it once per start of the whole.
    """
    from qt_trade.cli import first_files  # noqa: PLC0415  # start-up time

    first_files.prepare(restart=restart, as_json=as_json)
