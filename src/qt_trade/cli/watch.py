"""``qtrade watch KEY``: a key's value now and at every change."""

from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("watch")(watch)


def watch(
    key: Annotated[
        str, typer.Argument(help="A key such as market_status, quotes:AAPL, or quotes for all.")
    ],
    *,
    count: Annotated[
        int, typer.Option(min=0, help="End after so many messages; 0: at Ctrl-C.")
    ] = 0,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a key of the contract now and at every change."""
    from qt_trade.cli import watching  # noqa: PLC0415  # start-up time

    watching.run(key, count, Target(data_dir, redis_url, viewer=True), as_json=as_json)
