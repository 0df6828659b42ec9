"""``qtrade strategy``: what can trade here, and whether a file of one's own could."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Strategies of your own.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("list")
def list_strategies(*, as_json: AsJson = False) -> None:
    """List the strategies a configuration may ask for, and what could not be loaded.

    Your own come from installed packages (entry points) and from QTRADE_STRATEGIES__FILES.
    """
    from qt_trade.cli import own_strategy  # noqa: PLC0415  # start-up time

    own_strategy.show(as_json=as_json)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A Python file with NAME and decide(snapshot).")],
    *,
    as_json: AsJson = False,
) -> None:
    """Load a strategy and try it on made-up snapshots; nothing is sent."""
    from qt_trade.cli import own_strategy  # noqa: PLC0415  # start-up time

    own_strategy.check(file, as_json=as_json)
