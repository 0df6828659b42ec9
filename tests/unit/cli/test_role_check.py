"""``qtrade status --check ROLE``: an exit code for health checks, judged by useful work."""

import socket
import threading
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.desktop import backend as payloads
from tests.desktop.backend import Backend
from tests.unit.cli.conftest import Qtrade
from tests.unit.cli.test_reporting import role, system

from qt_trade.cli.role_check import judge
from qt_trade.contract import registry
from qt_trade.contract.payloads.health import LineHealth, RoleInstance, RoleReport, RoleState


def instance(host: str, state: RoleState) -> RoleInstance:
    now = payloads.SystemClock().now()
    return RoleInstance(
        instance=f"worker-{host}-1", host=host, pid=1, state=state, words=f"on {host}",
        heartbeat=now, last_work=now, work="canary job 3", restarts=0,
    )  # fmt: skip


def test_a_working_role_passes_and_says_what_it_did(qtrade: Qtrade, backend: Backend) -> None:
    """Exit code 0."""
    backend.write(registry.SYSTEM_STATUS, system())
    said = qtrade("status", "--check", "engine", "--redis-url", backend.url)
    assert (said.code, said.out) == (0, "engine: WORKING; leads; cycle 51\n")


def test_a_role_that_lives_without_working_fails(qtrade: Qtrade, backend: Backend) -> None:
    """A heartbeat alone is not health."""
    backend.write(registry.SYSTEM_STATUS, system())
    said = qtrade("status", "--check", "worker", "--redis-url", backend.url)
    assert said.code == 1
    assert "worker: ALIVE_NO_WORK; takes no job" in said.err


def test_a_silent_engine_is_found_by_the_age_of_its_word(qtrade: Qtrade, backend: Backend) -> None:
    """Nobody judges the judge but the clock."""
    old = msgspec.structs.replace(system(), ts=payloads.SystemClock().now() - timedelta(seconds=30))
    backend.write(registry.SYSTEM_STATUS, old)
    said = qtrade("status", "--check", "engine", "--redis-url", backend.url)
    assert said.code == 1
    assert "no engine has written system_status lately" in said.err


@pytest.mark.parametrize(
    ("host", "fit"), [("a", True), ("b", False), ("c", True), ("elsewhere", True)]
)
def test_on_its_own_host_a_process_answers_for_itself(host: str, *, fit: bool) -> None:
    """A container must not be called healthy because another one works."""
    parts = tuple(
        instance(name, state)
        for name, state in (
            ("a", RoleState.WORKING), ("b", RoleState.ALIVE_NO_WORK), ("c", RoleState.STANDBY)
        )
    )  # fmt: skip
    worker = msgspec.structs.replace(role(RoleState.WORKING, "works"), instances=parts)
    assert judge(system(worker=worker), "worker", host).fit is fit


def test_without_an_engine_the_role_itself_is_heard(qtrade: Qtrade, backend: Backend) -> None:
    """A worker is not unfit because the engine is away."""
    report: Any = RoleReport(
        **payloads.stamp("worker"), role="worker", instance="worker-here-1",
        host=socket.gethostname(), pid=1, version="1", started_at=payloads.SystemClock().now(),
        leads=True, last_work=None, work="10 predictions", work_done=1, per_minute=1.0,
        queue=None, restarts=0,
        redis=LineHealth(connected=True, latency_ms=0.2, reconnects=0, last_error=""),
        postgres=None, rejected=0, memory_mb=60.0, cpu_usage_pct=1.0,
    )  # fmt: skip
    answered = threading.Event()

    def speak() -> None:
        while not answered.wait(0.05):
            backend.report(report)

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        said = qtrade("status", "--check", "worker", "--redis-url", backend.url)
    finally:
        answered.set()
        speaker.join()
    assert said.code == 0
    assert "it lives, and no engine judges its work; 10 predictions" in said.out
