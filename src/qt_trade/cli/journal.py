"""``qtrade journal``: audit an account, an order, a moment; take over what nobody explains."""

from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target
from qt_trade.cli.sessions import DatabaseUrl

app = typer.Typer(help="Audit what the engine did, and why.", rich_markup_mode=None)

Account = Annotated[str | None, typer.Option("--account", help="Only this account.")]


@app.command("verify")
def verify(
    *,
    account: Account = None,
    noted: Annotated[
        str | None,
        typer.Option(help="ENTRIES:HEAD as printed and noted earlier: is it still that journal?"),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Compute every hash anew, and hold the order of the events against the rules.

    Names the first entry that is not what was written. Ends with code 1 when anything is wrong.
    """
    from qt_trade.cli import journal_audit  # noqa: PLC0415  # start-up time

    database = journal_audit.found_database(data_dir, database_url)
    journal_audit.verify(database, account, noted, as_json=as_json)


@app.command("show")
def show(
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")],
    *,
    account: Account = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show an order's whole life: its cause, its inputs, every rule's verdict, what became of it."""
    from qt_trade.cli import journal_audit  # noqa: PLC0415  # start-up time

    database = journal_audit.found_database(data_dir, database_url)
    journal_audit.show(database, account, order_id, as_json=as_json)


@app.command("why")
def why(
    symbol: Annotated[str, typer.Argument(help="Such as AAPL.")],
    time: Annotated[
        str,
        typer.Argument(
            help="Feed time: 2013-10-07T14:30 (UTC, or with its offset), or 14:30 of the last day."
        ),
    ],
    *,
    within: Annotated[int, typer.Option(min=1, help="So many minutes around it.")] = 10,
    account: Account = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Say why something was, or was not, done in a symbol around a moment.

    Without --account it is the account that was written to last.
    """
    from qt_trade.cli import journal_audit  # noqa: PLC0415  # start-up time

    question = journal_audit.Question.read(symbol, time, within)
    database = journal_audit.found_database(data_dir, database_url)
    journal_audit.why(database, account, question, as_json=as_json)


@app.command("accept")
def accept(
    key: Annotated[str, typer.Argument(help="Such as cash or position:AAPL; alerts name it.")],
    *,
    reason: Annotated[str, typer.Option(help="Kept in the journal.")],
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Take over the broker's figure where nobody can explain why ours differs.

    It is journalled with who and why; then positions can be opened again.
    """
    from qt_trade.cli import ordering  # noqa: PLC0415  # start-up time

    ordering.accept(key, reason, Target(data_dir, redis_url), as_json=as_json)
