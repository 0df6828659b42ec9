"""The Celery application: how it reaches Redis, and the names of its tasks."""

from datetime import timedelta
from enum import StrEnum

from celery import Celery
from celery.signals import setup_logging

from qt_trade.settings import Settings

VISIBILITY_TIMEOUT_S = 3600
"""Longer than the longest job, so that a running one is not handed out twice."""


class Task(StrEnum):
    """Names under which jobs travel."""

    MARKET_DATA = "qt_trade.market_data"
    PREDICTIONS = "qt_trade.predictions"
    TRADING_CYCLE = "qt_trade.trading_cycle"


def rhythms(settings: Settings) -> dict[Task, timedelta]:
    """Return how often each job runs, in feed time."""
    return {
        Task.MARKET_DATA: settings.rhythms.market_data,
        Task.PREDICTIONS: settings.rhythms.predictions,
        Task.TRADING_CYCLE: settings.rhythms.trading_cycle,
    }


def make_app(settings: Settings) -> Celery:
    """Return the application, without tasks and without a connection."""
    url = settings.redis()
    app = Celery("qt_trade", broker=url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT_S},
        # One queue per run: a job left over from an earlier run is nobody's wish any more.
        task_default_queue=f"jobs:{settings.run.id}",
        redbeat_redis_url=url,
        redbeat_redis_options={"retry_period": -1},
        redbeat_key_prefix=f"redbeat:{settings.run.id}:",
        redbeat_lock_timeout=10,
        beat_max_loop_interval=2,
        timezone="UTC",
    )
    # Our own log lines name the feed; Celery must not put its format in their place.
    setup_logging.connect(_keep_logging, weak=False)
    return app


def _keep_logging(**_: object) -> None:
    """Leave the logging as ``kit.logs`` has set it up."""
