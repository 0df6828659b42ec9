"""``qtrade sessions`` and ``qtrade audit``: who is at the desks, who controls, what was done."""

from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target

app = typer.Typer(
    help="Who is there, and who controls AutoTrading.",
    rich_markup_mode=None,
    invoke_without_command=True,
)

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url", help="PostgreSQL of the run, instead of DATABASE_URL or --data-dir."
    ),
]


@app.callback()
def _sessions(
    context: typer.Context,
    *,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """List who is there; the commands below do more."""
    if context.invoked_subcommand is None:
        list_sessions(data_dir=data_dir, redis_url=redis_url, as_json=as_json)


@app.command("list")
def list_sessions(
    *, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False
) -> None:
    """List every living session, who controls AutoTrading, and who was logged out."""
    from qt_trade.cli import session_tools  # noqa: PLC0415  # start-up time

    session_tools.show(Target(data_dir, redis_url, viewer=True), as_json=as_json)


@app.command("revoke")
def revoke(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="As `qtrade sessions` has it.")],
    *,
    reason: Annotated[str, typer.Option(help="Shown to the other and kept in the audit.")],
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Log a session out at once; its id is never valid again."""
    from qt_trade.cli import session_tools  # noqa: PLC0415  # start-up time

    session_tools.revoke(session_id, reason, Target(data_dir, redis_url), as_json=as_json)


@app.command("take-control")
def take_control(
    *, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False
) -> None:
    """Ask for the control of AutoTrading, and hold it until Ctrl-C gives it back.

    Where a living session holds it, that one has ten seconds to decline. Ends with code 1 when
    the control is declined, or taken over by another later.
    """
    from qt_trade.cli import session_tools  # noqa: PLC0415  # start-up time

    session_tools.take_control(Target(data_dir, redis_url), as_json=as_json)


@app.command("release-control")
def release_control(
    *, data_dir: DataDir = None, redis_url: RedisUrl = None, as_json: AsJson = False
) -> None:
    """Give back the control that a session of yours on this machine holds.

    Whoever asks for it then has it at once; AutoTrading goes on as it is.
    """
    from qt_trade.cli import session_tools  # noqa: PLC0415  # start-up time

    session_tools.release_control(Target(data_dir, redis_url), as_json=as_json)


def audit(
    *,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="So many lines.")] = 30,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show who came and went, who controlled AutoTrading, and who changed which setting."""
    from qt_trade.cli import auditing  # noqa: PLC0415  # start-up time

    auditing.show(last, data_dir, database_url, as_json=as_json)


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="sessions")
    main.command("audit")(audit)
