"""``qtrade status``: what runs, what it does, and whether it can trade."""

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(
    *, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False
) -> None:
    """Show feed, market, trading, account, roles, and how old each is."""
    from qt_trade.cli import reporting  # noqa: PLC0415  # start-up time

    reporting.show(Target(data_dir, redis_url), as_json=as_json)
