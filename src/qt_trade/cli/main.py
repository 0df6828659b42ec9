"""The ``qtrade`` command: only names and help texts here, so that ``--help`` is quick."""

import sys

import typer

from qt_trade.cli import bench, contract, doctor, orders, roles, status, up, watch

app = typer.Typer(
    name="qtrade",
    help="Self-hosted auto-trading for US stocks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
up.register(app)
status.register(app)
watch.register(app)
orders.register(app)
doctor.register(app)
roles.register(app)
app.add_typer(contract.app, name="contract")
bench.register(app)


def main() -> None:
    """Run the command line; what a person can mend is said in one line, without a traceback."""
    from qt_trade.cli.console import RefusalError, complain  # noqa: PLC0415  # rich costs 60 ms

    try:
        app()
    except RefusalError as refusal:
        complain(str(refusal))
        sys.exit(refusal.exit_code)


if __name__ == "__main__":
    main()
