"""``qtrade status``: what runs, what it does, and whether it can trade."""

import typer

from qt_trade.cli.options import AsJson, DataDir


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show feed, market, trading, account and roles of the running stack."""
    from qt_trade.cli import reporting  # noqa: PLC0415  # start-up time

    reporting.show(data_dir, as_json=as_json)
