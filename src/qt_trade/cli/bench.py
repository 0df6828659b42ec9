"""``qtrade bench NAME``: measurements against floors taken in the same run."""

import os
import sys
from typing import Annotated

import typer

from qt_trade.cli.options import AsJson


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    name: Annotated[
        str,
        typer.Argument(help="Which measurement: bus, desktop, engine, marketdata, ml or pipeline."),
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Measure, print a table, and exit with code 1 when a gate is missed."""
    command = [sys.executable, "-m", "qt_trade.bench", name, *(["--json"] if as_json else [])]
    os.execv(sys.executable, command)  # noqa: S606  # a measurement starts in a fresh process
