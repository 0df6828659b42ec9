"""Celery's worker, quicker to come back and quieter to go."""

import signal
import warnings
from collections.abc import Callable
from typing import Any

from celery.apps.worker import Worker
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning
from celery.worker import state
from celery.worker.consumer.consumer import Consumer

from qt_trade.kit.logs import get_logger, mask_secrets

RETRY_FIRST_S = 0.05
RETRY_MAX_S = 0.25
"""Celery would wait 2 s, 4 s, 6 s...: at 240 times real time that is a cycle missed each time."""


class QuickConsumer(Consumer):  # type: ignore[misc]  # celery has no types
    """Asks for the broker several times a second, and speaks of it once."""

    def ensure_connected(self, conn: Any) -> Any:
        """Return the connection once it stands."""
        told = False

        def tell(error: BaseException, _interval: float) -> None:
            nonlocal told
            if not told:
                get_logger().warning("broker.awaited", reason=mask_secrets(str(error)))
            told = True

        connection = conn.ensure_connection(
            tell,
            None,
            interval_start=RETRY_FIRST_S,
            interval_step=RETRY_FIRST_S,
            interval_max=RETRY_MAX_S,
            callback=state.maybe_shutdown,
        )
        self.first_connection_attempt = False
        return connection

    def on_connection_error_after_connected(self, exc: BaseException) -> None:
        """Do as Celery does, but for an announcement of its next version's default."""
        with warnings.catch_warnings():
            # A job goes on while the broker is away: it may be done twice.
            warnings.simplefilter("ignore", CPendingDeprecationWarning)
            super().on_connection_error_after_connected(exc)


class QuietWorker(Worker):  # type: ignore[misc]  # celery has no types
    """Ends at SIGTERM without a word past the log, and without waiting for what can be repeated."""

    on_stop: Callable[[], object]

    def on_before_init(self, **kwargs: Any) -> None:
        """Do as Celery does, but for a warning about root."""
        with warnings.catch_warnings():
            # It fears pickled messages; ours are JSON, and a container knows no other user.
            warnings.simplefilter("ignore", SecurityWarning)
            super().on_before_init(**kwargs)

    def install_platform_tweaks(self, _worker: Any) -> None:
        """Take the signals: Celery's own handlers print past the log."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, _number: int, _frame: object) -> None:
        state.should_stop = 0
        self.on_stop()
