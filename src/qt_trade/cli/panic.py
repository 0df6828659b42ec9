"""``qtrade panic`` and ``qtrade watchdog``: out, even when nothing else works."""

from typing import Annotated

import typer

from qt_trade.cli.options import AsJson, DataDir, RedisUrl, Target
from qt_trade.cli.sessions import DatabaseUrl
from qt_trade.model.emergencies import Emergency

Action = Annotated[
    str,
    typer.Option(
        help="close: cancel all orders and leave all positions; cancel: orders alone; stop: "
        "nothing opens any more.",
    ),
]
_ACTIONS = {
    "close": Emergency.CLOSE_ALL_POSITIONS,
    "cancel": Emergency.CANCEL_ALL_ORDERS,
    "stop": Emergency.STOP_ALL_TRADING,
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("panic")(panic)
    app.command("watchdog")(watchdog)


def _action(text: str) -> Emergency:
    action = _ACTIONS.get(text.lower())
    if action is None:
        raise typer.BadParameter(
            f"{text!r} is none of {', '.join(_ACTIONS)}", param_hint="--action"
        )
    return action


def panic(
    *,
    action: Action = "close",
    reason: Annotated[str, typer.Option(help="Kept in the journal.")] = "panic by hand",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    direct: Annotated[
        bool, typer.Option("--direct", help="Do not ask the engine: go straight to the broker.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0.5, help="Seconds to wait for the engine's answer.")
    ] = 5.0,
    patience: Annotated[
        float, typer.Option(min=5, help="Seconds until what is still open is named.")
    ] = 180.0,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """Stop, cancel everything, leave every position, and prove it.

    Asks the engine; when Redis or the engine does not answer it goes straight to the broker, under
    the ids the engine would use, and leaves word so that the engine stays stopped when it returns.
    """
    from qt_trade.cli import panicking  # noqa: PLC0415  # start-up time

    panicking.panic(
        panicking.Asked(
            action=_action(action), reason=reason, direct=direct, wait_s=wait, patience_s=patience
        ),
        Target(data_dir, redis_url),
        asks=not yes,
        as_json=as_json,
    )


def watchdog(
    *,
    action: Action = "close",
    after: Annotated[
        float, typer.Option(min=10, help="Seconds the engine may be gone while a server says so.")
    ] = 60.0,
    unreachable_after: Annotated[
        float, typer.Option(min=10, help="Seconds neither Redis nor PostgreSQL may answer.")
    ] = 300.0,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Watch the engine, from another host if need be, and leave the market when it is gone.

    Needs the broker's keys, as the engine does. Ends after it has acted; code 1 when something is
    still open then.
    """
    from qt_trade.cli import guarding  # noqa: PLC0415  # start-up time

    guarding.watchdog(
        guarding.Orders(_action(action), after, unreachable_after),
        Target(data_dir, redis_url),
        database_url,
    )
