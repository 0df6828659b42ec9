"""What is wrong becomes an alert while it holds, and the word for the whole follows from it."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.roles.engine.test_role_watch import Watchtower, market, report
from tests.unit.trading.make import FEED, IBM, WALL

from qt_trade.contract.payloads.health import Canary, HealthStatus, RoleState, Severity
from qt_trade.contract.payloads.market import FeedState
from qt_trade.contract.payloads.sessions import AutoTradingControl, ControllerLoss
from qt_trade.kit.clock import ManualClock
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.engine.alerts import Alerts
from qt_trade.roles.engine.conditions import (
    ROLE_HOLDS_S,
    Facts,
    UnknownOrder,
    conditions,
    health,
)
from qt_trade.roles.engine.documents import Stamp

STAMP: dict[str, Any] = {"ts": WALL, "source": "engine", "feed": FeedKind.REPLAY}


def canary(*, ok: bool = True) -> Canary:
    return Canary(
        **STAMP, run_id="run-1", number=3, started=WALL, every_s=5.0, limit_ms=10_000.0, ok=ok,
        words="it came" if ok else "ledger: PostgreSQL is away", total_ms=12.0 if ok else None,
        steps=(), arrived=3, failed=0, recent_ms=(12.0,),
    )  # fmt: skip


def control(*, paused: bool) -> AutoTradingControl:
    return AutoTradingControl(
        **STAMP, holder="desk-1", holder_name="desk", token=1, since=WALL, alive=not paused,
        on_loss=ControllerLoss.PAUSE_ENTRIES, entries_paused=paused, request=None,
        words="desk-1 is gone",
    )  # fmt: skip


def facts(**more: Any) -> Facts:
    tower = Watchtower()
    tower.hear(*(report(role) for role in ("streamer", "engine", "worker", "beat")))
    told: dict[str, Any] = {
        "roles": tower.roles(), "canary": canary(), "canary_overdue": False, "market": market(),
        "journal_error": "", "stop": "", "unknown_orders": (), "config_error": "", "troubles": {},
        "control": None,
    }  # fmt: skip
    return Facts(**told | more)


def with_role(name: str, state: RoleState) -> dict[str, Any]:
    roles = dict(facts().roles)
    roles[name] = replace(roles[name], state=state, alive=False, words="why", work="cycle 3")
    return {"roles": roles}


def test_a_whole_system_has_nothing_to_tell() -> None:
    """And is healthy."""
    assert conditions(facts()) == ()
    assert health((), facts().roles) is HealthStatus.HEALTHY


@pytest.mark.parametrize(
    ("fact", "key", "word"),
    [
        (with_role("worker", RoleState.ALIVE_NO_WORK), "role.worker", HealthStatus.ERROR),
        (with_role("beat", RoleState.SILENT), "role.beat", HealthStatus.ERROR),
        ({"canary": canary(ok=False)}, "chain.broken", HealthStatus.ERROR),
        ({"canary": None, "canary_overdue": True}, "chain.broken", HealthStatus.ERROR),
        ({"market": market(feed_state=FeedState.MUTE)}, "feed.mute", HealthStatus.ERROR),
        ({"market": market(feed_state=FeedState.NO_DATA)}, "feed.no_data", HealthStatus.ERROR),
        ({"journal_error": "gone"}, "journal.away", HealthStatus.ERROR),
        ({"stop": "enough (desk-1)"}, "trading.stopped", HealthStatus.HEALTHY),
        ({"config_error": "no such strategy"}, "autotrading.config", HealthStatus.HEALTHY),
        ({"troubles": {"documents": "$.x"}}, "trouble.documents", HealthStatus.WARNING),
        ({"troubles": {"books": "cash"}}, "trouble.books", HealthStatus.ERROR),
        ({"troubles": {"limits": "damaged"}}, "trouble.limits", HealthStatus.ERROR),
        ({"troubles": {"elsewhere": "odd"}}, "trouble.elsewhere", HealthStatus.WARNING),
        ({"control": control(paused=True)}, "autotrading.entries_paused", HealthStatus.HEALTHY),
        (
            {"unknown_orders": (UnknownOrder("qt-1", IBM, WALL),)},
            "order.unknown.qt-1",
            HealthStatus.HEALTHY,
        ),
    ],
)
def test_each_condition_is_told_with_what_to_do(
    fact: dict[str, Any], key: str, word: HealthStatus
) -> None:
    """What concerns trading alone does not make the system ill."""
    known = facts(**fact)
    (found,) = conditions(known)
    assert found.key == key
    assert found.title
    assert found.message
    assert found.action.endswith(".")
    assert health([found], known.roles) is word


@pytest.mark.parametrize(
    ("fact", "role", "state", "key"),
    [
        (
            {"journal_error": "gone", "canary": canary(ok=False)},
            "engine", RoleState.ALIVE_NO_WORK, "journal.away",
        ),
        (
            {"market": market(feed_state=FeedState.MUTE)},
            "streamer", RoleState.ALIVE_NO_WORK, "feed.mute",
        ),
        ({"canary": canary(ok=False)}, "streamer", RoleState.SILENT, "role.streamer"),
    ],
)  # fmt: skip
def test_one_cause_is_one_alert(
    fact: dict[str, Any], role: str, state: RoleState, key: str
) -> None:
    """An engine without journal, a streamer of a mute feed, the canary of a silent streamer."""
    known = facts(**fact, **with_role(role, state))
    assert [one.key for one in conditions(known)] == [key]


def test_a_feed_may_be_silent_while_the_market_is_closed() -> None:
    """Nobody expects anything of it."""
    shut = market(feed_state=FeedState.NO_DATA, market_open=False)
    assert conditions(facts(market=shut)) == ()


def test_who_is_alone_is_offline() -> None:
    """An engine without streamer, worker and beat."""
    roles = Watchtower().roles()
    missing = conditions(facts(roles=roles))
    assert health(missing, roles) is HealthStatus.OFFLINE
    assert health((), roles) is HealthStatus.HEALTHY, "they are on their way up"


def test_one_ill_process_beside_a_working_one_is_a_warning() -> None:
    """The work is done, and somebody should look."""
    tower = Watchtower()
    now = WALL + timedelta(seconds=20)
    tower.hear(report("worker", 1, host="far", instance="worker-far-1"))
    tower.hear(*(report(role, 2, at=now) for role in ("streamer", "engine", "worker", "beat")))
    tower.canary_seen = now
    roles = tower.roles(now)
    (found,) = conditions(facts(roles=roles))
    assert (found.key, found.severity) == ("role.worker.process", Severity.WARNING)
    assert found.message.startswith("worker-far-1: not heard since 20:00:00 UTC")


def alerts() -> tuple[Alerts, ManualClock]:
    wall = ManualClock(WALL)
    return Alerts(Stamp(FeedKind.REPLAY, "run-1", "paper:test", wall, ManualClock(FEED))), wall


def test_an_alert_keeps_its_beginning_and_goes_with_its_condition() -> None:
    """Words may change meanwhile; since when does not."""
    kept, wall = alerts()
    kept.hold(conditions(facts(stop="enough")))
    wall.advance(timedelta(seconds=30))
    kept.hold(conditions(facts(stop="enough, truly", journal_error="gone")))
    first, second = kept.document().alerts
    assert (first.alert_id, first.triggered_at) == ("trading.stopped", WALL)
    assert first.message.startswith("enough, truly")
    assert (second.severity, second.triggered_at) == (Severity.CRITICAL, wall.now())
    kept.hold(())
    assert kept.document().alerts == ()


def test_a_role_on_its_way_up_is_no_alert_yet() -> None:
    """It is one when it does not come."""
    kept, wall = alerts()
    missing = conditions(facts(**with_role("worker", RoleState.NOT_SEEN)))
    assert kept.hold(missing) == ()
    wall.advance(timedelta(seconds=ROLE_HOLDS_S))
    assert kept.hold(missing) == missing


def test_an_earlier_runs_missing_role_is_no_alert_of_this_one() -> None:
    """Whatever its predecessor wrote, a role is given the time to come up."""
    before, wall = alerts()
    missing = conditions(facts(**with_role("worker", RoleState.NOT_SEEN)))
    before.hold(missing)
    wall.advance(timedelta(seconds=ROLE_HOLDS_S))
    before.hold(missing)
    after, later = alerts()
    later.advance(timedelta(hours=1))
    after.remember(before.document())
    assert after.hold(missing) == ()


def test_a_new_engine_knows_since_when_what_it_finds_has_held() -> None:
    """It reads what its predecessor wrote."""
    before, _ = alerts()
    before.hold(conditions(facts(stop="enough")))
    after, wall = alerts()
    wall.advance(timedelta(hours=1))
    after.remember(before.document())
    after.hold(conditions(facts(stop="enough")))
    assert after.document().alerts[0].triggered_at == WALL
