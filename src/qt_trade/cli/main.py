"""The ``qtrade`` command: only names and help texts here, so that ``--help`` is quick."""

import re
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from qt_trade import __version__
from qt_trade.cli import (
    bench,
    contract,
    data,
    doctor,
    journal,
    ml,
    orders,
    own_servers,
    panic,
    providers,
    quote,
    risk,
    roles,
    secrets,
    sessions,
    simulate,
    status,
    strategy,
    up,
    watch,
    watchlist,
)
from qt_trade.cli.errors import RefusalError

app = typer.Typer(
    name="qtrade",
    pretty_exceptions_enable=False,
    add_completion=False,
    # Help in boxes would cost as much again as all the rest of `--help`.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001  # typer calls it so
    if wanted:
        typer.echo(f"qtrade {__version__}")
        raise typer.Exit


@app.callback()
def _qtrade(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Self-hosted auto-trading for US stocks; begin with `qtrade up`."""


up.register(app)
status.register(app)
watch.register(app)
quote.register(app)
providers.register(app)
data.register(app)
orders.register(app)
panic.register(app)
risk.register(app)
doctor.register(app)
roles.register(app)
sessions.register(app)
own_servers.register(app)
app.add_typer(watchlist.app, name="watchlist")
app.add_typer(journal.app, name="journal")
app.add_typer(ml.app, name="ml")
app.add_typer(contract.app, name="contract")
app.add_typer(secrets.app, name="secrets")
app.add_typer(strategy.app, name="strategy")
bench.register(app)
simulate.register(app)


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code.

    What a person can mend is said in one line on standard error, without a traceback.
    """
    try:
        code = app(list(arguments) or ["--help"], prog_name="qtrade", standalone_mode=False)
    except RefusalError as refusal:
        words, code = str(refusal), refusal.exit_code
    except typer.TyperException as error:
        words, code = _usage(error), error.exit_code
    else:
        return code if isinstance(code, int) else 0
    from qt_trade.cli.console import complain  # noqa: PLC0415  # rich costs 60 ms

    complain(words)
    return code


def _usage(error: typer.TyperException) -> str:
    words = error.format_message().replace("Value error, ", "")
    words = re.sub("^Invalid value for '([^']+)'", r"\1", words).rstrip(".")
    context = getattr(error, "ctx", None)
    command = "qtrade" if context is None else context.command_path
    return f"{words} (see `{command} --help`)"


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
