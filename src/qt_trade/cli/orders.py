"""``qtrade order`` and ``qtrade stop``: commands a person sends by hand."""

from decimal import Decimal
from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir
from qt_trade.model.orders import Side, TimeInForce


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("order")(order)
    app.command("stop")(stop)


def order(  # one option per field of an order
    side: Annotated[Side, typer.Argument(case_sensitive=False)],
    symbol: str,
    quantity: Annotated[int, typer.Argument(min=1, help="Whole shares.")],
    *,
    limit: Annotated[
        str | None, typer.Option(help="Limit price in USD; without it a market order.")
    ] = None,
    tif: Annotated[TimeInForce, typer.Option(case_sensitive=False)] = TimeInForce.DAY,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Send a manual order, and say whether risk and broker took it."""
    from qt_trade.cli import ordering  # noqa: PLC0415  # start-up time

    price = None if limit is None else Decimal(limit)
    ordering.submit(side, symbol, quantity, price, tif, data_dir, as_json=as_json)


def stop(
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Allow trading again.")] = False,
    reason: Annotated[str, typer.Option(help="Kept in the journal.")] = "by hand",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Stop all trading at once (STOP_ALL_TRADING), or allow it again with --resume."""
    from qt_trade.cli import ordering  # noqa: PLC0415  # start-up time

    ordering.emergency(reason, data_dir, resume=resume, as_json=as_json)
