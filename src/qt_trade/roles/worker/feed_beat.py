"""Celery's beat in feed time: boundaries of the feed's clock, wherever the streamer moves it."""

import os
import socket
from datetime import timedelta
from typing import Any

from celery.beat import SchedulingError
from celery.schedules import schedule
from kombu.exceptions import OperationalError
from redbeat import RedBeatScheduler, RedBeatSchedulerEntry
from redbeat.schedulers import get_redis

from qt_trade.kit.logs import get_logger, mask_secrets
from qt_trade.roles.worker.app import QUEUES, SCHEDULES
from qt_trade.roles.worker.canary_call import EVERY, CanaryCall
from qt_trade.roles.worker.rhythms import CANARY, Task, Timetable

RETRY_S = 0.1
TICK_MIN_S = 0.25
TICK_MAX_S = 5.0
ROUNDING = timedelta(milliseconds=20)
"""Announcements of one and the same clock differ by less; a clock that was set by more."""


def tick_s(timetable: Timetable) -> float:
    """Return how often to look at least: a quarter of the shortest period."""
    shortest = min(timetable.every(task) for task in timetable.tasks)
    return min(TICK_MAX_S, max(TICK_MIN_S, shortest.total_seconds() / 4))


class FeedBeat(RedBeatScheduler):  # type: ignore[misc]  # redbeat has no types
    """Keeps its entries in Redis as RedBeat does; of several beats of a run one acts.

    RedBeat's own way drifts by as much as each tick is late, knows due times to the second, and
    ends with its connection.
    """

    def __init__(
        self,
        timetable: Timetable,
        run_id: str,
        canary: CanaryCall | None = None,
        **kwargs: Any,
    ) -> None:
        self._canary = canary
        self._timetable = timetable
        self._run_id = run_id
        self._me = f"{socket.gethostname()}:{os.getpid()}"
        self._leads = False
        self._away = ""
        self._log = get_logger()
        super().__init__(**kwargs)
        self._leader_key = f"{self.app.redbeat_conf.key_prefix}leader"
        # Ours is taken in ``tick``, so that it outlives a server that lost its data.
        self.lock_key = None

    def setup_schedule(self) -> None:
        """Lay out nothing yet: that is for the one who leads."""

    def tick(self, *_: Any, **__: Any) -> float:
        """Send what is due and return the seconds until something may be."""
        try:
            wait = self._tick()
        except (*self.connection.connection_errors, OperationalError, SchedulingError) as away:
            if not self._away:
                self._away = mask_secrets(str(away)) or type(away).__name__
                self._log.warning("beat.broker_away", reason=self._away)
            return RETRY_S
        if self._away:
            self._away = ""
            self._log.info("beat.broker_back")
        return wait

    def close(self) -> None:
        """Let another beat take over at once."""
        if self._leads:
            try:
                get_redis(self.app).delete(self._leader_key)
            except self.connection.connection_errors as away:
                self._log.info("beat.lead_kept", reason=mask_secrets(str(away)))
        super().close()

    def _ensure_connected(self) -> Any:
        # ``tick`` tries again itself; Celery would wait for seconds in between.
        return self.connection.ensure_connection(
            max_retries=1, interval_start=0, interval_step=0, interval_max=0
        )

    def _tick(self) -> float:
        led, self._leads = self._leads, self._take_or_keep_the_lead()
        if self._canary is not None:
            self._canary.leads(leads=self._leads)
        if not self._leads:
            return float(self.max_interval)
        if not led:
            self._sweep()
            self._log.info("beat.leads")
        waits = [self._send_if_due(task) for task in self._timetable.tasks]
        if self._canary is not None:
            waits.append(self._call_canary(self._canary))
        return max(0.0, min(*waits, float(self.max_interval)))

    def _take_or_keep_the_lead(self) -> bool:
        client, lifetime_ms = get_redis(self.app), int((2 * self.max_interval + 1) * 1000)
        if client.set(self._leader_key, self._me, nx=True, px=lifetime_ms):
            return True
        # Between the two lines it may become another's: then two act once, which does no harm.
        ours = client.get(self._leader_key) == self._me
        return ours and bool(client.pexpire(self._leader_key, lifetime_ms))

    def _send_if_due(self, task: Task) -> float:
        entry = self._entry(task)
        wait = entry.last_run_at + self._timetable.every(task) - self._timetable.now()
        if wait <= timedelta():
            # Sent first and noted then: rather twice, which does no harm, than not at all.
            self.apply_async(entry, producer=self.producer, advance=False)
            entry.reschedule(self._timetable.last_due(task))
            if self._canary is not None:
                self._canary.called(task)
            wait = entry.last_run_at + self._timetable.every(task) - self._timetable.now()
        seconds: float = wait.total_seconds()
        return seconds

    def _call_canary(self, canary: CanaryCall) -> float:
        if canary.left_s() <= 0:
            queue = QUEUES + self._run_id
            if canary.begin(get_redis(self.app).llen(queue)):
                lifetime_s = EVERY.total_seconds()
                self.send_task(
                    CANARY, args=(canary.number,), expires=lifetime_s, producer=self.producer
                )
                canary.called_canary()
        return canary.left_s()

    def _entry(self, task: Task) -> Any:
        """Return a job's entry, laid out anew when there is none or the feed's clock was set."""
        key = RedBeatSchedulerEntry.generate_key(self.app, task)
        try:
            entry = RedBeatSchedulerEntry.from_key(key, app=self.app)
        except KeyError:
            return self._lay_out(task)
        entry.schedule.app = self.app
        every = self._timetable.every(task)
        off = (entry.last_run_at - self._timetable.last_due(task)) % every
        in_step = min(off, every - off) <= min(ROUNDING, every / 10)
        same_pace = abs(entry.schedule.run_every - every) <= timedelta(milliseconds=1)
        return entry if in_step and same_pace else self._lay_out(task)

    def _lay_out(self, task: Task) -> Any:
        every = self._timetable.every(task)
        entry = RedBeatSchedulerEntry(
            str(task),
            str(task),
            schedule(every, app=self.app),
            options={"expires": max(1.0, every.total_seconds())},
            app=self.app,
        )
        entry.save()
        entry.reschedule(self._timetable.last_due(task))
        return entry

    def _sweep(self) -> None:
        """Remove what earlier runs left: they are over, for the streamer speaks of this one."""
        client, over = get_redis(self.app), []
        for begins in (QUEUES, SCHEDULES):
            over += [key for key in client.scan_iter(f"{begins}*") if self._run_id not in key]
        if over:
            client.unlink(*over)
            self._log.info("beat.swept", keys=len(over))
