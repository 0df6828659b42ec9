"""``qtrade role NAME`` and ``qtrade desktop``: one process of the stack, as the supervisor runs it."""

from enum import StrEnum
from typing import Annotated

import typer

from qt_trade.cli.options import DataDir, RedisUrl, Target


class Program(StrEnum):
    """What can be run by hand: the roles, and the views for the older system's frontends."""

    ENGINE = "engine"
    STREAMER = "streamer"
    WORKER = "worker"
    BEAT = "beat"
    VIEWS = "views"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("role")(role)
    app.command("desktop")(desktop)


def role(name: Annotated[Program, typer.Argument(help="Which role to run.")]) -> None:
    """Run one role by hand, with the environment's settings.

    They are REDIS_URL, DATABASE_URL and QTRADE_…; `qtrade up` hands them to its roles.
    """
    from qt_trade.cli import starting  # noqa: PLC0415  # start-up time

    raise typer.Exit(starting.role(name.value))


def desktop(
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    viewer: Annotated[bool, typer.Option("--viewer", help="Only look on; change nothing.")] = False,
) -> None:
    """Open a desktop on a running stack.

    Without one it speaks to the Redis saved in its settings; without that it asks for one.
    """
    from qt_trade.cli import starting  # noqa: PLC0415  # start-up time

    raise typer.Exit(starting.desktop(Target(data_dir, redis_url, viewer)))
