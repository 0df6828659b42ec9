"""``qtrade contract``: the contract, readable."""

import typer

from qt_trade.cli.options import AsJson

app = typer.Typer(help="The contract between backend and frontends.", rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """The contract between backend and frontends."""


@app.command("list")
def list_keys(*, as_json: AsJson = False) -> None:
    """List every key with its kind, payload, writers and freshness."""
    from qt_trade.cli.console import print_json, print_table  # noqa: PLC0415  # start-up time
    from qt_trade.contract.exports.page import COLUMNS, key_rows  # noqa: PLC0415

    if as_json:
        print_json([dict(zip(COLUMNS, row, strict=True)) for row in key_rows()])
    else:
        print_table("The contract", COLUMNS, key_rows())
