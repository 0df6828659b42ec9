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


_ENTRIES = {
    Role.ENGINE: "qt_trade.roles.engine",
    Role.STREAMER: "qt_trade.roles.streamer",
    Role.WORKER: "qt_trade.roles.worker",
    Role.BEAT: "qt_trade.roles.worker.beat",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("role")(role)
    app.command("desktop")(desktop)


def role(name: Annotated[Role, typer.Argument(help="Which role to run.")]) -> None:
    """Run one role by hand, with REDIS_URL, DATABASE_URL and QTRADE_… from the environment."""
    import runpy  # noqa: PLC0415  # start-up time

    runpy.run_module(_ENTRIES[name], run_name="__main__")


def desktop(*, data_dir: DataDir = None) -> None:
    """Open a desktop on a running stack."""
    from qt_trade.cli.attach import find_redis  # noqa: PLC0415  # start-up time

    os.environ["REDIS_URL"] = find_redis(data_dir)
    import runpy  # noqa: PLC0415  # start-up time

    runpy.run_module("qt_trade.desktop", run_name="__main__")
