"""The Celery application: how it reaches Redis, and under which names it keeps things there."""

from celery import Celery
from celery.signals import setup_logging
from kombu.entity import Queue

from qt_trade.roles.worker.broker import broker_settings
from qt_trade.settings import Settings

VISIBILITY_TIMEOUT_S = 3600
"""Longer than the longest job, so that a running one is not handed out twice."""
QUEUES = "jobs:"
"""Begins every key the jobs travel through."""
SCHEDULES = "redbeat:"
"""Begins every key of beat."""


def make_app(settings: Settings) -> Celery:
    """Return the application, without tasks and without a connection."""
    reached = broker_settings(settings.redis())
    # One queue per run: a job left over from an earlier run is nobody's wish any more.
    queue = QUEUES + settings.run.id
    app = Celery("qt_trade", set_as_current=False)
    app.conf.update(
        reached,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        # Without an exchange, so that nothing but the queue itself is kept in Redis.
        task_queues=[Queue(queue, exchange="", routing_key=queue)],  # type: ignore[no-untyped-call]  # kombu
        task_default_queue=queue,
        task_default_exchange="",
        task_default_routing_key=queue,
        # Beat itself tries again, and quickly: it knows what is due.
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_consumer="qt_trade.roles.worker.celery_worker:QuickConsumer",
        beat_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=reached["broker_transport_options"]
        | {
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "unacked_key": f"{queue}:unacked",
            "unacked_index_key": f"{queue}:unacked_index",
            "unacked_mutex_key": f"{queue}:unacked_mutex",
        },
        redbeat_key_prefix=f"{SCHEDULES}{settings.run.id}:",
        timezone="UTC",
    )
    # Our own log lines name the feed; Celery must not put its format in their place.
    setup_logging.connect(_keep_logging, weak=False)
    return app


def _keep_logging(**_: object) -> None:
    """Leave the logging as ``kit.logs`` has set it up."""
