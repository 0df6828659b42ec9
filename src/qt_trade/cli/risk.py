"""``qtrade risk``: what the rules would say to an order, and how much of each limit is used."""

import typer

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

app = typer.Typer(
    help="Ask what risk would say to an order; show the limits.", rich_markup_mode=None
)


@app.command("explain")
def explain(  # noqa: PLR0913  # one option per field of an order
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
        stop_loss_limit=stop_loss_limit,
        oco=oco,
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
