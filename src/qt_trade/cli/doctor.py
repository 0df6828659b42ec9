"""``qtrade doctor``: what this machine has, lacks, and how to mend it."""

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    *, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False
) -> None:
    """Check everything a run needs; exit code 1 when something is missing."""
    from qt_trade.cli import checkup  # noqa: PLC0415  # start-up time

    checkup.run(Target(data_dir, redis_url), as_json=as_json)
