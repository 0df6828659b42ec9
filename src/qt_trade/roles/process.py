"""What every role's process does around its work: logs, signals, readiness, exit code."""

import asyncio
import logging
import os
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ContractError
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.logs import configure_logs, get_logger
from qt_trade.roles.log_lines import LogLines
from qt_trade.settings import Settings

READY_FD = "QTRADE_READY_FD"
LAST_WORDS_S = 1.0
"""So long may it take to say why a process dies."""


def tell_ready() -> None:
    """Tell the supervisor, if there is one, that this process does its work now."""
    descriptor = os.environ.pop(READY_FD, None)
    if descriptor is not None:
        with os.fdopen(int(descriptor), "w") as pipe:
            pipe.write("ready\n")


@dataclass(frozen=True, slots=True)
class RoleContext:
    """What a role's work is handed. ``ready``: call it once the work has begun.

    ``logs``: the lines of this process, for its presence to ship; None: nobody collects them.
    """

    settings: Settings
    ready: Callable[[], None]
    logs: LogLines | None = None


def begin_logs(role: str, settings: Settings) -> LogLines:
    """Make the log lines of this process name the role, the feed and the run; collect them."""
    lines = LogLines(role, settings.feed.choice.kind, SystemClock())
    configure_logs(
        role=role,
        feed=settings.feed.choice.kind,
        run_id=settings.run.id,
        level=settings.log_level,
        listener=lines.take,
    )
    # Python's own warnings go the same way: every line of a log names its feed.
    logging.captureWarnings(capture=True)
    return lines


def run_role(role: str, work: Callable[[RoleContext], Awaitable[None]]) -> int:
    """Run a role until SIGTERM or SIGINT asks it to end, and return its exit code.

    The work is cancelled and cleans up in its ``finally``; an error ends the process with code 1,
    so that the supervisor starts it anew.
    """
    settings = Settings()
    lines = begin_logs(role, settings)
    log = get_logger()

    async def body() -> int:
        task = asyncio.ensure_future(work(RoleContext(settings, tell_ready, lines)))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        log.info("role.started", pid=os.getpid())
        try:
            await task
        except asyncio.CancelledError:
            log.info("role.stopped")
        except Exception:
            log.exception("role.failed")
            await _last_words(Party(role), settings, lines)
            return 1
        return 0

    return asyncio.run(body())


async def _last_words(party: Party, settings: Settings, lines: LogLines) -> None:
    """Say where people look why this process dies; its own bus is closed by now."""
    if settings.redis_url is None:
        return
    bus = Bus(settings.redis(), party, SystemClock(), random.SystemRandom())
    try:
        await bus.open(LAST_WORDS_S)
        await lines.last_words(bus)
    except ContractError:
        get_logger().warning("role.last_words_unheard")
    finally:
        await bus.close()
