"""``qtrade order`` and ``qtrade stop``: trading by hand."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target
from qt_trade.cli.order_options import (
    ExtendedHours,
    Limit,
    Oco,
    Quantity,
    SideWord,
    Stop,
    StopLoss,
    StopLossLimit,
    SymbolWord,
    TakeProfit,
    Tif,
    Trail,
)
from qt_trade.model.orders import TimeInForce


class _SideFirst(TyperGroup):
    """Takes ``qtrade order BUY AAPL 10`` for the ``submit`` it means."""

    def parse_args(
        self, ctx: Any, args: list[str]
    ) -> list[str]:  # typer names its context otherwise
        """Put the word in that was left out."""
        meant = args and args[0] not in self.commands and not args[0].startswith("-")
        return super().parse_args(ctx, ["submit", *args] if meant else args)


app = typer.Typer(
    cls=_SideFirst,
    help="Send an order: qtrade order BUY AAPL 10. Change or cancel one.",
    rich_markup_mode=None,
)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="order")
    parent.command("stop")(stop)


OrderId = Annotated[str, typer.Argument(help="Its id, as `qtrade status` shows it.")]


@app.command("submit")
def submit(  # noqa: PLR0913  # one option per field of an order
    side: SideWord,
    symbol: SymbolWord,
    quantity: Quantity,
    *,
    limit: Limit = None,
    stop: Stop = None,
    trail: Trail = None,
    take_profit: TakeProfit = None,
    stop_loss: StopLoss = None,
    stop_loss_limit: StopLossLimit = None,
    oco: Oco = False,
    tif: Tif = TimeInForce.DAY,
    extended_hours: ExtendedHours = False,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Send a manual order, and say whether risk and broker took it.

    Without a price it is a market order. The word `submit` may be left out.
    """
    from qt_trade.cli import ordering, tickets  # noqa: PLC0415  # start-up time

    wanted = tickets.Wanted(
        side=side,
        symbol=symbol,
        quantity=quantity,
        limit=limit,
        stop=stop,
        trail=trail,
        take_profit=take_profit,
        stop_loss=stop_loss,
        stop_loss_limit=stop_loss_limit,
        oco=oco,
        tif=tif,
        extended_hours=extended_hours,
    )
    ordering.submit(wanted, Target(data_dir, redis_url), as_json=as_json)


@app.command("replace")
def replace(  # one option per field that may change
    order_id: OrderId,
    *,
    quantity: Annotated[str | None, typer.Option(help="Shares in all.")] = None,
    limit: Limit = None,
    stop: Stop = None,
    trail: Trail = None,
    tif: Annotated[
        TimeInForce | None, typer.Option(case_sensitive=False, help="How long it may rest.")
    ] = None,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Change an open order: what is given takes the place of what it has."""
    from qt_trade.cli import ordering  # noqa: PLC0415  # start-up time

    changes = ordering.Changes(
        order_id=order_id, quantity=quantity, limit=limit, stop=stop, trail=trail, tif=tif
    )
    ordering.replace(changes, Target(data_dir, redis_url), as_json=as_json)


@app.command("cancel")
def cancel(
    order_id: OrderId,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Cancel an open order, and what belongs to it."""
    from qt_trade.cli import ordering  # noqa: PLC0415  # start-up time

    ordering.cancel(order_id, Target(data_dir, redis_url), as_json=as_json)


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
