"""``qtrade status``: complete, readable, and honest about age, gaps and damage."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.desktop import backend as payloads
from tests.desktop.backend import Backend
from tests.unit.cli.conftest import Qtrade

from qt_trade.cli.reporting import age, report
from qt_trade.contract import registry
from qt_trade.contract.payloads.health import (
    Alert,
    AlertsActive,
    AlertType,
    Canary,
    CanaryStep,
    RoleHealth,
    RoleState,
    Severity,
)
from qt_trade.contract.payloads.trading import SystemStatus

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def role(state: RoleState, words: str, work: str = "") -> RoleHealth:
    now = payloads.SystemClock().now()
    return RoleHealth(
        state=state, alive=state is RoleState.WORKING, words=words, heartbeat=now,
        last_work=now if work else None, work=work, queue=None, per_minute=0.0, restarts=0,
        redis_latency_ms=0.3, postgres_latency_ms=None, instances=(),
    )  # fmt: skip


def system(*, rejected: int = 0, **roles: RoleHealth) -> SystemStatus:
    known = {
        "engine": role(RoleState.WORKING, "leads", "cycle 51"),
        "worker": role(RoleState.ALIVE_NO_WORK, "takes no job"),
    }
    return SystemStatus(
        **payloads.stamp("engine"), run_id=payloads.RUN, redis_connected=True,
        redis_latency_ms=0.3, postgres_connected=True, postgres_latency_ms=0.4,
        finnhub_api_active=False, fmp_api_active=False, marketstack_api_active=False,
        twelvedata_api_active=False, yfinance_api_active=False, alpaca_api_active=False,
        grok_api_active=False, worker_running=False, market_open=True, last_market_check=None,
        roles=known | roles, services={}, chain_ok=True, chain_ms=12.0,
        last_heartbeat=payloads.SystemClock().now(), uptime_seconds=180.0, memory_usage_mb=90.0,
        cpu_usage_percent=3.0, rejected_messages=rejected,
    )  # fmt: skip


def test_a_whole_run_is_shown(qtrade: Qtrade, backend: Backend) -> None:
    """Feed and its time, market, AutoTrading, cycles, account, orders, roles."""
    backend.publish_everything()
    backend.write(registry.SYSTEM_STATUS, system(rejected=3))
    said = qtrade("status", "--redis-url", backend.url)
    assert said.code == 0, said.err
    for words in (
        "REPLAY × ", f"run {payloads.RUN}", "Mon 07 Oct 2013 13:46", "symbols by",
        "RUNNING by desk-1 (PAPER, REPLAY)", "24 this run, 7 trades today; the last at",
        "paper:replay:minute:1 (PAPER): 100,452.61 USD", "Open orders",
        "up for 3 min", "✓ engine: WORKING: cycle 51 (", "✕ worker: ALIVE, NO WORK: takes no job",
    ):  # fmt: skip
        assert words in said.out, words
    assert "not published yet: market_data" in said.out
    assert "STALE" not in said.out


def test_the_chain_is_told_step_by_step_and_what_is_wrong_with_what_to_do(
    qtrade: Qtrade, backend: Backend
) -> None:
    """The word for the whole, the canary's times, the alerts."""
    now = payloads.SystemClock().now()
    step = CanaryStep(name="ledger", words="PostgreSQL commit", begun_ms=1.0, took_ms=4.5, ok=True)
    canary = Canary(
        **payloads.stamp("engine"), run_id=payloads.RUN, number=9, started=now, every_s=5.0,
        limit_ms=10_000.0, ok=True, words="it came", total_ms=12.4, steps=(step,), arrived=9,
        failed=1, recent_ms=(12.4,),
    )  # fmt: skip
    alert = Alert(
        alert_id="role.worker", type=AlertType.SYSTEM_ALERT, severity=Severity.CRITICAL,
        symbol=None, title="The worker is silent", message="not heard.", triggered_at=now,
        acknowledged=False, auto_dismiss=True, expires_at=None, action_required="Start it again.",
    )  # fmt: skip
    backend.write(registry.CANARY, canary)
    backend.write(registry.ALERTS_ACTIVE, AlertsActive(**payloads.stamp("engine"), alerts=(alert,)))
    said = qtrade("status", "--redis-url", backend.url)
    for words in (
        "12 ms through the whole chain (ledger 4.5); 9 arrived, 1 did not",
        "CRITICAL: The worker is silent (", "not heard. Start it again.",
    ):  # fmt: skip
        assert words in said.out, words
    lost = msgspec.structs.replace(canary, ok=False, total_ms=None, words="ledger: away")
    backend.write(registry.CANARY, lost)
    assert "BROKEN: ledger: away; 9 arrived" in qtrade("status", "--redis-url", backend.url).out


def test_json_is_what_stands_in_redis(qtrade: Qtrade, backend: Backend) -> None:
    """One object by key; amounts are numbers, as on the wire."""
    backend.publish_everything()
    said = qtrade("status", "--json", "--redis-url", backend.url)
    shown = json.loads(said.out)
    assert shown["trading_status"]["feed"] == "REPLAY"
    assert shown["backend:portfolio_summary"]["total_value"] == 100452.61
    assert "system_status" not in shown
    assert said.out.count("\n") == 1


def test_an_empty_server_is_no_error(qtrade: Qtrade, redis_url: str) -> None:
    """Everything is missing, and that is said."""
    said = qtrade("status", "--redis-url", redis_url)
    assert said.code == 0
    assert "not published yet: market_status, market_data, predictions_current" in said.out


def test_a_stop_and_what_keeps_from_trading_stand_in_words(
    qtrade: Qtrade, backend: Backend
) -> None:
    """Who stopped, and the command that allows trading again."""
    backend.write(registry.TRADING_STATUS, payloads.engine(active=False, emergency=True, cycles=0))
    said = qtrade("status", "--redis-url", backend.url)
    assert "Panic held at this desk; `qtrade stop --resume` allows trading again" in said.out
    assert "✕ Emergency stop: off" in said.out


def test_a_silent_writer_is_named_stale(qtrade: Qtrade, backend: Backend) -> None:
    """An old document does not pass for the present."""
    old = payloads.SystemClock().now() - timedelta(minutes=2)
    backend.write(registry.MARKET_STATUS, msgspec.structs.replace(payloads.status(), ts=old))
    said = qtrade("status", "--redis-url", backend.url)
    assert "STALE: written 2 min ago; its writer is silent" in said.out


def test_a_damaged_document_is_told_and_the_rest_shown(qtrade: Qtrade, backend: Backend) -> None:
    """The path of the field that is wrong, without a traceback."""
    backend.publish_everything()
    backend.spoil("market_status", b'{"ts":"2013-10-04T14:30:00Z"}')
    said = qtrade("status", "--redis-url", backend.url)
    assert said.code == 0
    assert "damaged: market_status: $: Object missing required field" in said.out
    assert "RUNNING by desk-1" in said.out


def test_any_part_alone_can_be_shown() -> None:
    """While a run comes up, or when roles are dead."""
    parts = {
        "market_status": payloads.status(),
        "trading_status": payloads.engine(cycles=0),
        "backend:portfolio_summary": payloads.summary(None),
        "system_status": system(),
        "predictions_current": payloads.predicted(),
        "backend:active_orders": payloads.orders(),
    }
    for key, value in parts.items():
        assert report({key: value}, NOW), key


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.96, "10.0 s"), (59, "59 s"), (61, "1 min"), (7200, "2 h"),
     (200_000, "2 days"), (-3, "0.0 s")],
)  # fmt: skip
def test_ages_are_for_people(seconds: float, words: str) -> None:
    """A moment of a clock ahead of ours is no negative age."""
    assert age(NOW - timedelta(seconds=seconds), NOW) == words
