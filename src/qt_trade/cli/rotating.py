"""The work behind ``qtrade secrets rotate``."""

from collections.abc import Sequence
from pathlib import Path

from qt_trade.cli.attach import data_folder, left_word, run, settings_of
from qt_trade.cli.console import out
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.first_files import USERS_FILE
from qt_trade.contract.target import TargetError, target_of
from qt_trade.kit.logs import configure_logs
from qt_trade.roles.supervision import rotation
from qt_trade.roles.supervision.errors import SupervisionError
from qt_trade.roles.supervision.rotation import RedisPlace


def rotate(
    users: Sequence[str],
    *,
    data_dir: Path | None,
    own: Path | None,
    redis_host: str,
    only_finish: bool,
) -> None:
    """Change passwords and say so. Raises RefusalError with what holds now."""
    configure_logs(role="cli", feed="unknown", run_id="none", level="ERROR")
    place = _embedded(data_dir) if own is None else _own(own.absolute(), redis_host)
    change = rotation.finish if only_finish else rotation.rotate

    async def work() -> None:
        # One user after the other: while the traders come back, the roles are there, and so on.
        for user in users:
            await change(place, user, _say)

    try:
        run(work)
    except SupervisionError as error:
        raise RefusalError(str(error)) from error
    except OSError as error:
        raise RefusalError(f"{error.filename}: {error.strerror}") from error


def _say(words: str) -> None:
    out.print(words, highlight=False, soft_wrap=True, markup=False)


def _embedded(data_dir: Path | None) -> RedisPlace:
    folder = data_folder(data_dir, settings_of())
    connection = left_word(folder)
    acl = folder / "valkey" / "users.acl"
    if not acl.exists():
        raise RefusalError(
            f"{folder} has no Redis of its own: name its folder with --data-dir, or with --own "
            "that of `qtrade init`"
        )
    hosts = None if connection is None else target_of(connection.redis_url).hosts
    return RedisPlace(folder / "secrets", "valkey_{user}_password", acl, hosts)


def _own(folder: Path, redis_host: str) -> RedisPlace:
    try:
        hosts = target_of(f"redis://{redis_host}").hosts
    except TargetError as error:
        raise RefusalError(f"--redis-host {redis_host}: {error}", USAGE) from error
    return RedisPlace(folder / "secrets", "redis_{user}_password", folder / USERS_FILE, hosts)
