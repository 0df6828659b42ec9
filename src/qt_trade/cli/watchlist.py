"""``qtrade watchlist``: which symbols are watched, and changing that."""

from pathlib import Path
from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target

app = typer.Typer(
    help="Show and change the symbols that are watched.",
    rich_markup_mode=None,
    invoke_without_command=True,
)

_Symbols = Annotated[
    list[str], typer.Argument(metavar="SYMBOL...", help="Such as AAPL or BRK.B (also brk-b).")
]


@app.callback()
def _watchlist(
    context: typer.Context,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the list in force; the commands below change it."""
    if context.invoked_subcommand is None:
        show(data_dir=data_dir, redis_url=redis_url, as_json=as_json)


@app.command("show")
def show(*, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False) -> None:
    """Show every watched symbol, why it is watched, how it is followed, and what was refused."""
    from qt_trade.cli import watchlist_tools  # noqa: PLC0415  # start-up time

    watchlist_tools.show(Target(data_dir, redis_url, viewer=True), as_json=as_json)


@app.command("add")
def add(
    symbols: _Symbols,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Put symbols behind the others of the list, and wait for what becomes of each.

    Ends with code 1 when one is refused: it is left out again. Where another changes the list at
    the same moment, it says who, and adds to what he left.
    """
    from qt_trade.cli import watchlist_tools as tools  # noqa: PLC0415  # start-up time

    tools.add(tools.named(symbols), Target(data_dir, redis_url), as_json=as_json)


@app.command("remove")
def remove(
    symbols: _Symbols,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Take symbols out of the list; what is held or a candidate stays watched, and it says so."""
    from qt_trade.cli import watchlist_tools as tools  # noqa: PLC0415  # start-up time

    tools.remove(tools.named(symbols), Target(data_dir, redis_url), as_json=as_json)


@app.command("set")
def set_(
    symbols: _Symbols,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make these symbols, in this order, the whole list.

    Ends with code 1, and nothing changed, when another changes the list at the same moment.
    """
    from qt_trade.cli import watchlist_tools as tools  # noqa: PLC0415  # start-up time

    tools.replace(tools.named(symbols), Target(data_dir, redis_url), as_json=as_json)


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Symbols apart by spaces, commas or lines; # begins a comment."
        ),
    ],
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Add all symbols of a text file, as `add` does."""
    from qt_trade.cli import watchlist_tools as tools  # noqa: PLC0415  # start-up time

    tools.add(tools.read(file), Target(data_dir, redis_url), as_json=as_json)
