"""``qtrade role NAME`` and ``qtrade desktop``: one process of the stack, as the supervisor runs it."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from qt_trade.cli.options import DataDir


class Role(StrEnum):
    ENGINE = "engine"
    STREAMER = "streamer"
    WORKER = "worker"
    BEAT = "beat"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("role")(role)
    app.command("desktop")(desktop)


def role(name: Annotated[Role, typer.Argument(help="Which role to run.")]) -> None:
    """Run one role by hand, with REDIS_URL, DATABASE_URL and QTRADE_… from the environment."""
    from qt_trade.roles import entries  # noqa: PLC0415  # start-up time

    raise typer.Exit(entries.run(name.value))


def desktop(*, data_dir: DataDir = None) -> None:
    """Open a desktop on a running stack."""
    from qt_trade.cli.attach import find_redis  # noqa: PLC0415  # start-up time

    os.environ["REDIS_URL"] = find_redis(data_dir)
    from qt_trade.desktop.app import run_desktop  # noqa: PLC0415  # Qt takes 200 ms
    from qt_trade.settings import Settings  # noqa: PLC0415  # after the URL is in place

    raise typer.Exit(run_desktop(Settings()))
