"""``qtrade secrets``: passwords that are changed while everything runs."""

from pathlib import Path
from typing import Annotated

import typer

from qt_trade.cli.options import DataDir, RedisUser

app = typer.Typer(no_args_is_help=True, help="Change passwords while everything runs.")


@app.command()
def rotate(
    users: Annotated[
        list[RedisUser] | None, typer.Argument(help="Whose password; all three without.")
    ] = None,
    *,
    data_dir: DataDir = None,
    own: Annotated[
        Path | None,
        typer.Option("--own", help="Folder of `qtrade init`, for a Redis of your own."),
    ] = None,
    redis_host: Annotated[
        str, typer.Option("--redis-host", help="Where that Redis is: HOST:PORT.")
    ] = "127.0.0.1:6379",
    finish: Annotated[
        bool, typer.Option("--finish", help="Only take the old password away.")
    ] = False,
) -> None:
    """Give Redis users new passwords; no role is started anew and nothing stops.

    The server takes both passwords until everybody who was connected has come back with the new
    one, then the old one is refused.
    """
    from qt_trade.cli import rotating  # noqa: PLC0415  # start-up time

    chosen = [user.value for user in users or RedisUser]
    rotating.rotate(chosen, data_dir=data_dir, own=own, redis_host=redis_host, only_finish=finish)
