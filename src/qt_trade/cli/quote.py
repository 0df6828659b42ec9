"""``qtrade quote AAPL``: what the sources agree on, and what each of them says."""

from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("quote")(quote)


def quote(
    symbols: Annotated[list[str], typer.Argument(help="Symbols such as AAPL or BRK.B.")],
    *,
    follow: Annotated[
        bool, typer.Option("--watch", help="Again at every change, until Ctrl-C.")
    ] = False,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the consensus on a price: who said what, how old it is, and why somebody is left out.

    Ends with code 1 when one of the symbols has no price. A price in doubt is shown and says why
    nothing may be opened on it.
    """
    from qt_trade.cli import quoting  # noqa: PLC0415  # start-up time

    target = Target(data_dir, redis_url, viewer=True)
    if quoting.show(symbols, target, as_json=as_json, follow=follow):
        raise typer.Exit(1)
