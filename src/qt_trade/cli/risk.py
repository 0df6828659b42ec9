"""``qtrade risk``: what the rules would say to an order, and how much of each limit is used."""

from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target
from qt_trade.model.orders import Side, TimeInForce

app = typer.Typer(
    help="Ask what risk would say to an order; show the limits.", rich_markup_mode=None
)


@app.command("explain")
def explain(  # noqa: PLR0913  # one option per field of an order
    side: Annotated[Side, typer.Argument(case_sensitive=False)],
    symbol: Annotated[str, typer.Argument(help="US ticker, such as AAPL or BRK.B.")],
    quantity: Annotated[str, typer.Argument(help="Shares, in part too: 10 or 2.5.")],
    *,
    limit: Annotated[
        str | None, typer.Option(metavar="USD", help="Limit price; without one at the market.")
    ] = None,
    stop: Annotated[
        str | None, typer.Option(metavar="USD", help="Stop price: a stop or stop-limit order.")
    ] = None,
    trail: Annotated[
        str | None, typer.Option(metavar="USD", help="A trailing stop, so far behind.")
    ] = None,
    take_profit: Annotated[
        str | None, typer.Option(metavar="USD", help="A bracket's exit with a gain.")
    ] = None,
    stop_loss: Annotated[
        str | None, typer.Option(metavar="USD", help="A bracket's exit with a loss.")
    ] = None,
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
    """Show every rule's verdict on an order before anything is sent; nothing is.

    Ends with code 1 when a rule objects. The figures are those of the desktop's ticket.
    """
    from qt_trade.cli import explaining, tickets  # noqa: PLC0415  # start-up time

    wanted = tickets.Wanted(
        side=side,
        symbol=symbol,
        quantity=quantity,
        limit=limit,
        stop=stop,
        trail=trail,
        take_profit=take_profit,
        stop_loss=stop_loss,
        tif=tif,
        extended_hours=extended_hours,
    )
    explaining.explain(wanted, Target(data_dir, redis_url), as_json=as_json)


@app.command("show")
def show(*, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False) -> None:
    """Show every limit with its use, the circuit breakers, and what may not be opened now."""
    from qt_trade.cli import explaining  # noqa: PLC0415  # start-up time

    explaining.show(Target(data_dir, redis_url, viewer=True), as_json=as_json)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="risk")
