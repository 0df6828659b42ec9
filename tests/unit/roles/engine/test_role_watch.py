"""Roles are judged by what they last did, not by being there."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.roles.engine.test_market_view import announcement
from tests.unit.trading.make import FEED, WALL

from qt_trade.contract.payloads.health import LineHealth, RoleHealth, RoleReport, RoleState
from qt_trade.contract.payloads.market import FeedState, MarketStatus
from qt_trade.kit.clock import ManualClock
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.engine.role_watch import FORGOTTEN, NO_WORK, SILENT, Around, RoleWatch

SECOND = timedelta(seconds=1)


def report(role: str, pid: int = 1, *, at: datetime = WALL, **more: Any) -> RoleReport:
    told: dict[str, Any] = {
        "ts": at, "source": role, "feed": FeedKind.REPLAY, "role": role,
        "instance": f"{role}-h-{pid}", "host": "h", "pid": pid, "version": "1",
        "started_at": at - timedelta(minutes=5), "leads": True, "last_work": at, "work": "done",
        "work_done": 1, "per_minute": 2.0, "queue": None, "restarts": 0,
        "redis": LineHealth(connected=True, latency_ms=0.3, reconnects=0, last_error=""),
        "postgres": None, "rejected": 0, "memory_mb": 10.0, "cpu_usage_pct": 1.0,
    }  # fmt: skip
    return RoleReport(**told | more)


def market(**more: Any) -> MarketStatus:
    return replace(announcement(ManualClock(WALL), FEED), **more)


class Watchtower:
    """A role watch and what surrounds it, at a moment the test chooses."""

    def __init__(self) -> None:
        self.watch = RoleWatch()
        self.market: MarketStatus | None = market()
        self.canary_seen = WALL
        self.hearing_since = WALL - timedelta(minutes=5)
        self.chain_error = ""

    def hear(self, *reports: RoleReport, at: datetime | None = None) -> None:
        for one in reports:
            self.watch.take(one, at or one.ts)

    def roles(self, now: datetime = WALL) -> dict[str, RoleHealth]:
        return self.watch.roles(
            Around(
                now=now, hearing_since=self.hearing_since, market=self.market, market_seen=WALL, canary_seen=self.canary_seen,
                chain_error=self.chain_error,
            )
        )  # fmt: skip

    def state(self, role: str, now: datetime = WALL) -> RoleState:
        return self.roles(now)[role].state


@pytest.fixture
def tower() -> Watchtower:
    return Watchtower()


def test_nobody_heard_of_is_not_seen(tower: Watchtower) -> None:
    """And nothing is invented about it."""
    role = tower.roles()["worker"]
    assert (role.state, role.alive, role.heartbeat, role.per_minute) == (
        RoleState.NOT_SEEN, False, None, None,
    )  # fmt: skip


def test_everybody_at_work_is_working(tower: Watchtower) -> None:
    """With heartbeat, last work, rate and restarts."""
    tower.hear(*(report(role, restarts=1) for role in ("streamer", "engine", "worker", "beat")))
    roles = tower.roles()
    assert {role.state for role in roles.values()} == {RoleState.WORKING}
    worker = roles["worker"]
    assert (worker.heartbeat, worker.last_work, worker.work) == (WALL, WALL, "done")
    assert (worker.per_minute, worker.restarts, worker.redis_latency_ms) == (2.0, 1, 0.3)


def test_reports_that_stop_are_silence(tower: Watchtower) -> None:
    """Whatever the role did before."""
    tower.hear(report("worker"))
    assert tower.state("worker", WALL + SILENT) is not RoleState.SILENT
    assert tower.state("worker", WALL + SILENT + SECOND) is RoleState.SILENT


def test_a_worker_that_takes_no_job_is_alive_without_work(tower: Watchtower) -> None:
    """It reports and beat calls jobs, and none is carried out."""
    now = WALL + NO_WORK + SECOND
    tower.hear(report("worker", at=now, last_work=WALL), report("beat", at=now))
    worker = tower.roles(now)["worker"]
    assert (worker.state, worker.alive) == (RoleState.ALIVE_NO_WORK, False)
    assert "has carried out none since 20:00:00 UTC" in worker.words


def test_a_worker_that_nobody_calls_is_not_blamed(tower: Watchtower) -> None:
    """It is beat that is silent."""
    now = WALL + NO_WORK + SECOND
    tower.hear(report("worker", at=now, last_work=WALL), report("beat"))
    assert tower.state("worker", now) is RoleState.IDLE
    assert tower.state("beat", now) is RoleState.SILENT


def test_two_workers_share_the_canaries(tower: Watchtower) -> None:
    """Each gets every second one; still one of them that stops is seen beside the other."""
    late = WALL + NO_WORK + SECOND
    tower.hear(
        report("beat", at=late), report("worker", 1, at=late, last_work=WALL),
        report("worker", 2, at=late, last_work=late),
    )  # fmt: skip
    assert tower.state("worker", late) is RoleState.WORKING
    later = WALL + 2 * NO_WORK + SECOND
    tower.hear(
        report("beat", at=later), report("worker", 1, at=later, last_work=WALL),
        report("worker", 2, at=later, last_work=later),
    )  # fmt: skip
    states = [one.state for one in tower.roles(later)["worker"].instances]
    assert states == [RoleState.ALIVE_NO_WORK, RoleState.WORKING]


def test_workers_that_all_stopped_are_found_as_soon_as_one(tower: Watchtower) -> None:
    """Sharing the canaries excuses nobody when none is taken."""
    late = WALL + NO_WORK + SECOND
    tower.hear(report("beat", at=late))
    tower.hear(*(report("worker", pid, at=late, last_work=WALL) for pid in (1, 2, 3)))
    assert tower.state("worker", late) is RoleState.ALIVE_NO_WORK


def test_a_beat_that_calls_nothing_is_found(tower: Watchtower) -> None:
    """Its thread lives, its main thread hangs."""
    now = WALL + NO_WORK + SECOND
    tower.hear(report("beat", at=now, last_work=WALL))
    assert tower.state("beat", now) is RoleState.ALIVE_NO_WORK


@pytest.mark.parametrize(
    ("around", "state"),
    [
        ({}, RoleState.WORKING),
        ({"feed_state": FeedState.MUTE}, RoleState.ALIVE_NO_WORK),
        ({"feed_state": FeedState.NO_DATA}, RoleState.ALIVE_NO_WORK),
        ({"feed_state": FeedState.ENDED}, RoleState.IDLE),
        ({"feed_state": FeedState.MUTE, "market_open": False}, RoleState.IDLE),
    ],
)
def test_a_streamer_is_judged_by_its_feed_while_the_market_trades(
    tower: Watchtower, around: dict[str, Any], state: RoleState
) -> None:
    """Closed markets and played recordings ask nothing of it."""
    tower.market = market(**around)
    tower.hear(report("streamer"))
    assert tower.state("streamer") is state


def test_a_streamer_whose_canaries_stay_away_does_not_work(tower: Watchtower) -> None:
    """It reports, and what it sends does not arrive."""
    tower.hear(report("streamer", at=WALL + NO_WORK + SECOND))
    role = tower.roles(WALL + NO_WORK + SECOND)["streamer"]
    assert role.state is RoleState.ALIVE_NO_WORK
    assert "no canary of it has come since 20:00:00 UTC" in role.words


def test_an_engine_that_cannot_journal_does_not_work(tower: Watchtower) -> None:
    """It lives, it leads, and it is of no use."""
    tower.hear(report("engine"))
    tower.chain_error = "ledger: PostgreSQL is away"
    role = tower.roles()["engine"]
    assert (role.state, role.words) == (RoleState.ALIVE_NO_WORK, "ledger: PostgreSQL is away")


def test_a_standby_alone_is_nobody_who_works(tower: Watchtower) -> None:
    """And beside a leader it does not spoil anything."""
    tower.hear(report("streamer", 2, leads=False, last_work=None, work=""))
    assert tower.state("streamer") is RoleState.STANDBY
    tower.hear(report("streamer", 1))
    role = tower.roles()["streamer"]
    assert role.state is RoleState.WORKING
    assert sorted(one.state for one in role.instances) == [RoleState.STANDBY, RoleState.WORKING]


def test_who_was_started_in_the_place_of_the_dead_replaces_it(tower: Watchtower) -> None:
    """A restart is no silent process; another machine's death is one."""
    now = WALL + timedelta(seconds=20)
    tower.hear(report("worker", 1), report("worker", 9, host="far"), report("beat", at=now))
    tower.hear(report("worker", 2, at=now, started_at=now - 5 * SECOND))
    worker = tower.roles(now)["worker"]
    assert [(one.pid, one.state) for one in worker.instances] == [
        (9, RoleState.SILENT), (2, RoleState.WORKING),
    ]  # fmt: skip
    assert worker.words.endswith("1 of 2 processes silent")
    much_later = WALL + FORGOTTEN + SECOND
    tower.hear(report("worker", 2, at=much_later), report("beat", at=much_later))
    assert len(tower.roles(much_later)["worker"].instances) == 1


def test_a_restart_by_the_supervisor_is_known_at_once(tower: Watchtower) -> None:
    """It says how often; the dead one is not counted beside it."""
    now = WALL + 3 * SECOND
    tower.hear(report("worker", 1, restarts=1))
    tower.hear(report("worker", 2, at=now, started_at=now - SECOND, restarts=2))
    worker = tower.roles(now)["worker"]
    assert ([one.pid for one in worker.instances], worker.restarts) == ([2], 2)


def test_a_clock_that_is_wrong_on_another_machine_changes_no_judgement(tower: Watchtower) -> None:
    """Ages are reckoned on the clock they were taken from."""
    ahead = WALL + timedelta(hours=3)
    tower.hear(report("beat"), report("worker", at=ahead, last_work=ahead - SECOND), at=WALL)
    worker = tower.roles()["worker"]
    assert (worker.state, worker.last_work) == (RoleState.WORKING, WALL - SECOND)


def test_nobody_is_blamed_for_what_could_not_be_heard(tower: Watchtower) -> None:
    """The server was away for a minute: everybody is given time to be heard again."""
    tower.hear(*(report(role) for role in ("streamer", "engine", "worker", "beat")))
    back = WALL + timedelta(minutes=1)
    assert tower.state("worker", back) is RoleState.SILENT
    tower.hearing_since = back
    assert {role.state for role in tower.roles(back).values()} == {RoleState.WORKING}
    later = back + SILENT + SECOND
    assert {role.state for role in tower.roles(later).values()} == {RoleState.SILENT}


def test_the_jobs_that_wait_are_the_workers(tower: Watchtower) -> None:
    """Beat asks for the queue's length; nothing waits for beat."""
    tower.hear(report("beat", queue=7), report("worker"))
    roles = tower.roles()
    assert (roles["worker"].queue, roles["beat"].queue) == (7, None)


def test_a_role_this_engine_does_not_know_is_shown(tower: Watchtower) -> None:
    """A newer peer must not be hidden."""
    tower.hear(report("trainer"))
    assert tower.state("trainer") is RoleState.WORKING
