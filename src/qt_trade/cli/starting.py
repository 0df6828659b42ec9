"""The work behind ``qtrade role`` and ``qtrade desktop``: what must be there before they begin."""

import importlib.util
import os

from qt_trade.cli.attach import find_redis, seek_redis, settings_of
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.roles.supervision.errors import SupervisionError
from qt_trade.settings import Settings, SettingsError, load_settings

RUN_ID = "QTRADE_RUN__ID"
"""The supervisor hands it to its roles, with all else that belongs to a run."""


def role(name: str) -> int:
    """Run a role in this process. Raises RefusalError for settings it cannot begin with."""
    settings = settings_of()
    try:
        settings.redis()
        settings.database()
    except SettingsError as error:
        raise RefusalError(f"role {name}: {error}") from error
    from qt_trade.roles import entries  # noqa: PLC0415  # roles bring what they need themselves

    _take_prepared_run(name, settings)
    return entries.run(name)


def _take_prepared_run(name: str, settings: Settings) -> None:
    if RUN_ID in os.environ:
        return
    from qt_trade.roles.up.prepared import environment_for_role  # noqa: PLC0415  # SQL, polars

    try:
        os.environ.update(environment_for_role(settings, os.environ))
    except SupervisionError as error:
        raise RefusalError(f"role {name}: {error}") from error


def desktop(target: Target) -> int:
    """Show the window until it is closed. Raises RefusalError where none can be shown.

    Where nobody named a Redis and nothing runs here, the window asks for one.
    """
    if (
        target.viewer
        and target.data_dir is None
        and settings_of(redis_url=target.redis_url).redis_url
    ):
        raise RefusalError(
            "--viewer chooses between the users of a run's own Redis; this one is named by its "
            "URL: log in there as viewer"
        )
    url = seek_redis(target) if target.data_dir is None else find_redis(target)
    missing = no_desktop()
    if missing is not None:
        raise RefusalError(missing)
    try:
        from qt_trade.desktop.app import run_desktop  # noqa: PLC0415  # Qt takes 200 ms
    except ImportError as error:
        # A wheel without the system's libraries: libEGL.so.1 and the like.
        raise RefusalError(f"Qt cannot be loaded ({error}); `qtrade doctor` says more") from error
    return run_desktop(load_settings(redis_url=url))


def no_desktop() -> str | None:
    """Return why no desktop can be opened here, in words; None when nothing speaks against it."""
    if importlib.util.find_spec("PySide6") is None:
        return "PySide6 is not installed, so there is no desktop here: `make setup` installs it"
    if not has_display():
        return (
            "there is no display here (neither WAYLAND_DISPLAY nor DISPLAY is set): "
            "open the desktop from a graphical session, or with `ssh -X`"
        )
    return None


def has_display() -> bool:
    """Whether Qt has been told where to draw."""
    return any(os.environ.get(name) for name in ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM"))
