"""The words of an order on the command line: the same wherever one is sent or only judged."""

from typing import Annotated

import typer

from qt_trade.model.orders import Side, TimeInForce

SideWord = Annotated[Side, typer.Argument(case_sensitive=False)]
SymbolWord = Annotated[str, typer.Argument(help="US ticker, such as AAPL or BRK.B.")]
Quantity = Annotated[str, typer.Argument(help="Shares, in part too: 10 or 2.5.")]
Limit = Annotated[str | None, typer.Option(metavar="USD", help="Limit price.")]
Stop = Annotated[
    str | None, typer.Option(metavar="USD", help="Stop price; with --limit a stop-limit order.")
]
Trail = Annotated[
    str | None,
    typer.Option(metavar="USD|%", help="A trailing stop, so far behind: 2.50 or 2.5%."),
]
TakeProfit = Annotated[
    str | None, typer.Option(metavar="USD", help="A bracket's exit with a gain.")
]
StopLoss = Annotated[str | None, typer.Option(metavar="USD", help="A bracket's exit with a loss.")]
StopLossLimit = Annotated[
    str | None, typer.Option(metavar="USD", help="Not below this price at that exit.")
]
Oco = Annotated[
    bool,
    typer.Option("--oco", help="Leave at --limit with a gain or at --stop-loss with a loss."),
]
Tif = Annotated[TimeInForce, typer.Option(case_sensitive=False, help="How long it may rest.")]
ExtendedHours = Annotated[
    bool, typer.Option("--extended-hours", help="Trade before and after the session, too.")
]
