"""``qtrade watch KEY``: a key's value now and at every change."""

import typer

from qt_trade.cli.options import AsJson, DataDir


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("watch")(watch)


def watch(
    key: str,
    *,
    count: int = typer.Option(0, help="End after this many messages; 0: until Ctrl-C."),
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a key of the contract: its value now and every change (``quotes`` for all quotes)."""
    from qt_trade.cli import watching  # noqa: PLC0415  # start-up time

    watching.run(key, count, data_dir, as_json=as_json)
