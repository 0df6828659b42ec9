"""``qtrade status``: what runs, what it does, and whether it can trade."""

from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Role, Target


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


CheckedRole = Annotated[
    Role | None,
    typer.Option("--check", help="Only whether this role does its work: exit code 0, else 1."),
]


def status(
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
    check: CheckedRole = None,
) -> None:
    """Show feed, market, trading, account, roles, and how old each is.

    With --check it is a health check for one role, judged by its last useful work.
    """
    target = Target(data_dir, redis_url, viewer=True)
    if check is not None:
        from qt_trade.cli import role_check  # noqa: PLC0415  # start-up time

        typer.echo(role_check.check(target, check.value))
        return
    from qt_trade.cli import reporting  # noqa: PLC0415  # start-up time

    reporting.show(target, as_json=as_json)
