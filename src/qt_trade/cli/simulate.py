"""``qtrade simulate``: the real engine in a world where everything goes wrong, seed by seed."""

import json
from typing import Annotated

import typer

from qt_trade.cli.options import AsJson


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate)


def simulate(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds to play.")] = 100,
    first: Annotated[int, typer.Option(min=0, help="The first of them.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Play the engine through crashes, cuts and doubled commands, and hold every rule.

    The last line is one JSON object. The exit code is 1 when a rule was broken; how to play that
    seed again stands beside it.
    """
    from qt_trade.cli.simulating import play  # noqa: PLC0415  # the engine and its parts: 0.5 s

    total = play(first, seeds, quiet=as_json)
    typer.echo(json.dumps(total.as_object()))
    if total.violations:
        raise typer.Exit(1)
