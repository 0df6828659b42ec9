"""``qtrade ml``: models and AI candidates: train, look, judge, put in use."""

from pathlib import Path
from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target
from qt_trade.cli.sessions import DatabaseUrl

app = typer.Typer(
    help="Models: train, predict, score, list, promote, explain, report.", rich_markup_mode=None
)

_ModelId = Annotated[
    str, typer.Argument(metavar="MODEL", help="Such as gbm-30-v12; `qtrade ml list` names them.")
]


@app.command("train")
def train(
    horizons: Annotated[
        list[int] | None,
        typer.Argument(metavar="MINUTES...", help="Such as 15 60; none: every horizon."),
    ] = None,
    *,
    wait: Annotated[bool, typer.Option(help="Show its progress until it has ended.")] = True,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Train anew, one model a horizon, and show how it goes.

    Ends with code 1 when it was refused, failed or was cancelled. Ctrl-C asks
    whether to cancel it; in a script it goes on.
    """
    from qt_trade.cli import ml_requests  # noqa: PLC0415  # start-up time

    wanted = ml_requests.horizons_of(horizons or [])
    ml_requests.train(wanted, Target(data_dir, redis_url), wait=wait, as_json=as_json)


@app.command("cancel")
def cancel(
    *, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False
) -> None:
    """Stop the training that runs; what it had is dropped."""
    from qt_trade.cli import ml_requests  # noqa: PLC0415  # start-up time

    ml_requests.cancel(Target(data_dir, redis_url), as_json=as_json)


@app.command("predict")
def predict(
    symbols: Annotated[
        list[str] | None, typer.Argument(metavar="SYMBOL...", help="None: all that are watched.")
    ] = None,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest predictions with their intervals, and whether their model has shown skill.

    Ends with code 1 when one of the symbols has none.
    """
    from qt_trade.cli import ml_shown  # noqa: PLC0415  # start-up time

    if ml_shown.predictions(symbols or [], Target(data_dir, redis_url, viewer=True), as_json):
        raise typer.Exit(1)


@app.command("score")
def score(
    symbols: Annotated[
        list[str] | None, typer.Argument(metavar="SYMBOL...", help="Their own scores as well.")
    ] = None,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show what every model has shown out of sample, against doing nothing.

    Ends with code 1 when nothing is scored of one of the symbols.
    """
    from qt_trade.cli import ml_shown  # noqa: PLC0415  # start-up time

    if ml_shown.scores(symbols or [], Target(data_dir, redis_url, viewer=True), as_json):
        raise typer.Exit(1)


@app.command("verify")
def verify(
    *,
    feed: Annotated[str | None, typer.Option(help="Only this feed, such as simulation:7.")] = None,
    noted: Annotated[
        str | None,
        typer.Option(help="CLAIMS:HEAD as printed and noted earlier: is it still that chain?"),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Compute anew the chain that seals every prediction before its outcome.

    Names the first that is not what was sealed. Ends with code 1 when anything is wrong.
    """
    from qt_trade.cli import ml_seals  # noqa: PLC0415  # start-up time
    from qt_trade.cli.attach import find_database  # noqa: PLC0415

    ml_seals.verify(find_database(data_dir, database_url), feed, noted, as_json=as_json)


@app.command("list")
def list_(
    model: Annotated[
        str | None,
        typer.Argument(metavar="MODEL", help="Its gates; none: every model, a line each."),
    ] = None,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show every trained model, or the gates before the promotion of one."""
    from qt_trade.cli import ml_listed  # noqa: PLC0415  # start-up time

    target = Target(data_dir, redis_url, viewer=True)
    if model is None:
        ml_listed.models(target, as_json=as_json)
    else:
        ml_listed.model(model, target, as_json=as_json)


@app.command("explain")
def explain(
    symbol: Annotated[str, typer.Argument(help="Such as AAPL.")],
    *,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Another than those in use, such as one in shadow."),
    ] = None,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show which features push a symbol's newest prediction which way."""
    from qt_trade.cli import ml_explained  # noqa: PLC0415  # start-up time

    target = Target(data_dir, redis_url, viewer=True)
    ml_explained.explain(symbol, model, target, database_url, as_json=as_json)


@app.command("report")
def report(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The page to write, qtrade-models.html without one."),
    ] = None,
    *,
    calibration: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Write the calibration plot alone.")
    ] = None,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write all that the models have shown into one HTML file, with plots."""
    from qt_trade.cli import ml_report  # noqa: PLC0415  # start-up time

    if path is None and calibration is None:
        path = Path("qtrade-models.html")
    target = Target(data_dir, redis_url, viewer=True)
    ml_report.report(path, calibration, target, database_url, as_json=as_json)


@app.command("promote")
def promote(
    model: _ModelId,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Put a model in use in place of the one that is; refused while a gate is closed."""
    from qt_trade.cli import ml_requests  # noqa: PLC0415  # start-up time

    ml_requests.promote(model, Target(data_dir, redis_url), as_json=as_json)


@app.command("demote")
def demote(
    model: _ModelId,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Take a model out of use, and put the one before it back where there is one."""
    from qt_trade.cli import ml_requests  # noqa: PLC0415  # start-up time

    ml_requests.demote(model, Target(data_dir, redis_url), as_json=as_json)
