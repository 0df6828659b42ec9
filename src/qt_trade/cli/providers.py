"""``qtrade providers``: who gives market data, whether he is asked, and what is left of his budget."""

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("providers")(providers)


def providers(
    *, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False
) -> None:
    """Show every provider of market data: its plan, its state, what is used, left and when reset.

    Without a real-time run under way it shows what is configured here; nobody is asked.
    """
    from qt_trade.cli import provider_table  # noqa: PLC0415  # start-up time

    provider_table.show(Target(data_dir, redis_url, viewer=True), as_json=as_json)
