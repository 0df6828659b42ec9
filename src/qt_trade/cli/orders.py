"""``qtrade order`` and ``qtrade stop``: trading by hand."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target
from qt_trade.model.orders import Side, TimeInForce


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
Limit = Annotated[str | None, typer.Option(metavar="USD", help="Limit price.")]
Stop = Annotated[
    str | None, typer.Option(metavar="USD", help="Stop price; with --limit a stop-limit order.")
]
Trail = Annotated[
    str | None,
    typer.Option(metavar="USD|%", help="A trailing stop, so far behind: 2.50 or 2.5%."),
]


@app.command("submit")
def submit(  # noqa: PLR0913  # one option per field of an order
    side: Annotated[Side, typer.Argument(case_sensitive=False)],
    symbol: Annotated[str, typer.Argument(help="US ticker, such as AAPL or BRK.B.")],
    quantity: Annotated[str, typer.Argument(help="Shares, in part too: 10 or 2.5.")],
    *,
    limit: Limit = None,
    stop: Stop = None,
    trail: Trail = None,
    take_profit: Annotated[
        str | None, typer.Option(metavar="USD", help="A bracket's exit with a gain.")
    ] = None,
    stop_loss: Annotated[
        str | None, typer.Option(metavar="USD", help="A bracket's exit with a loss.")
    ] = None,
    stop_loss_limit: Annotated[
        str | None, typer.Option(metavar="USD", help="Not below this price at that exit.")
    ] = None,
    oco: Annotated[
        bool,
        typer.Option("--oco", help="Leave at --limit with a gain or at --stop-loss with a loss."),
    ] = False,
    tif: Annotated[
        TimeInForce, typer.Option(case_sensitive=False, help="How long it may rest.")
    ] = TimeInForce.DAY,
    extended_hours: Annotated[
        bool, typer.Option("--extended-hours", help="Trade before and after the session, too.")
    ] = False,
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
