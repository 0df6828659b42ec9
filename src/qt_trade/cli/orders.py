"""``qtrade order`` and ``qtrade stop``: trading by hand."""

from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target
from qt_trade.model.orders import Side, TimeInForce


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("order")(order)
    app.command("stop")(stop)


def order(  # one option per field of an order
    side: Annotated[Side, typer.Argument(case_sensitive=False)],
    symbol: Annotated[str, typer.Argument(help="US ticker, such as AAPL or BRK.B.")],
    quantity: Annotated[str, typer.Argument(help="Shares, in part too: 10 or 2.5.")],
    *,
    limit: Annotated[
        str | None,
        typer.Option(metavar="USD", help="Limit price; without it a market order."),
    ] = None,
    tif: Annotated[
        TimeInForce, typer.Option(case_sensitive=False, help="How long it may rest.")
    ] = TimeInForce.DAY,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Send a manual order, and say whether risk and broker took it."""
    from qt_trade.cli import ordering  # noqa: PLC0415  # start-up time

    ticket = ordering.Ticket.read(side, symbol, quantity, limit, tif)
    ordering.submit(ticket, Target(data_dir, redis_url), as_json=as_json)


def stop(
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Allow trading again.")] = False,
    reason: Annotated[str, typer.Option(help="Kept in the journal.")] = "by hand",
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Stop all trading at once, or allow it again with --resume."""
    from qt_trade.cli import ordering  # noqa: PLC0415  # start-up time

    ordering.emergency(reason, Target(data_dir, redis_url), resume=resume, as_json=as_json)
