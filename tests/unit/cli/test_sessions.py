"""``qtrade sessions`` and ``qtrade audit``: who is there, who controls, what was done."""

import asyncio
import getpass
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.desktop.backend import Backend, stamp
from tests.servers import fresh_database
from tests.unit.cli.conftest import Qtrade
from tests.unit.roles.parts import settings_of

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.payloads.sessions import (
    ActiveSession,
    ActiveSessions,
    AutoTradingControl,
    ReleaseControl,
    RevokedSession,
    RevokeSession,
    SessionRole,
    TakeControl,
)
from qt_trade.model.audit import Audited, AuditEntry
from qt_trade.model.control import ControllerLoss
from qt_trade.storage.migrate import migrate

AT = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)


def control(holder: str | None = None, **more: Any) -> AutoTradingControl:
    told = {
        "holder": holder, "holder_name": holder or "", "token": 7, "since": AT, "alive": True,
        "on_loss": ControllerLoss.PAUSE_ENTRIES, "entries_paused": False, "request": None,
        "words": f"{holder or 'nobody'} controls AutoTrading",
    }  # fmt: skip
    return AutoTradingControl(**stamp("engine") | told | more)


def someone(session_id: str, **more: Any) -> ActiveSession:
    told = {
        "session_id": session_id, "name": "Anna", "user": "anna", "host": "den",
        "role": SessionRole.TRADER, "version": "1", "opened_at": AT, "last_seen": AT,
        "delay_ms": None, "controls": False,
    }  # fmt: skip
    return ActiveSession(**told | more)


def present(backend: Backend, *sessions: ActiveSession, holder: str | None = None) -> None:
    gone = RevokedSession(session_id="desk-9", at=AT, by="desk-1", reason="left [the] house")
    active = ActiveSessions(**stamp("engine"), sessions=sessions, revoked=(gone,))
    backend.write(registry.SESSIONS_ACTIVE, active)
    backend.write(registry.AUTOTRADING_CONTROL, control(holder))


@pytest.mark.parametrize("words", [("sessions",), ("sessions", "list")])
def test_the_living_are_listed(qtrade: Qtrade, backend: Backend, words: tuple[str, ...]) -> None:
    """With who controls AutoTrading and who was logged out."""
    present(backend, someone("desk-1", controls=True, delay_ms=41.6), holder="desk-1")
    said = qtrade(*words, "--redis-url", backend.url)
    assert said.code == 0, said.err
    assert "desk-1" in said.out
    assert "anna" in said.out
    assert "42" in said.out
    assert "desk-1 controls AutoTrading (REPLAY, token 7)" in said.out
    assert "desk-9 was logged out by desk-1 at 20:00:00 UTC: left [the] house" in said.out


def test_the_list_as_json(qtrade: Qtrade, backend: Backend) -> None:
    """One object with both documents."""
    present(backend, someone("desk-1"))
    said = qtrade("sessions", "list", "--json", "--redis-url", backend.url)
    told = json.loads(said.out)
    assert [one["session_id"] for one in told["sessions"]["sessions"]] == ["desk-1"]
    assert told["control"]["token"] == 7


@pytest.mark.parametrize("words", ["list", "revoke x --reason y", "release-control"])
def test_without_an_engine_nothing_is_claimed(qtrade: Qtrade, backend: Backend, words: str) -> None:
    """There is nobody who would know."""
    said = qtrade("sessions", *words.split(), "--redis-url", backend.url)
    assert said.code == 1
    assert "does one run?" in said.err


def test_a_session_is_logged_out_with_a_reason(qtrade: Qtrade, backend: Backend) -> None:
    """The reply is shown in the engine's words; a refusal ends with code 1."""
    present(backend)
    backend.reason = "desk-9 is logged out"
    line = ("sessions", "revoke", "desk-9", "--reason", "left", "--redis-url", backend.url)
    assert qtrade(*line).out == "accepted (REPLAY): desk-9 is logged out\n"
    (sent,) = backend.received
    assert isinstance(sent, RevokeSession)
    assert (sent.target, sent.reason) == ("desk-9", "left")
    assert backend.read(registry.SESSION, sent.session_id) is None
    backend.accept, backend.reason = False, "there is no session desk-9"
    refused = qtrade(*line, "--json")
    assert refused.code == 1
    assert json.loads(refused.out)["accepted"] is False
    assert "there is no session desk-9" in refused.err


def test_a_reason_is_needed_to_log_somebody_out(qtrade: Qtrade, backend: Backend) -> None:
    """Who is logged out wants to know why."""
    said = qtrade("sessions", "revoke", "desk-9", "--redis-url", backend.url)
    assert said.code == 2
    assert "--reason" in said.err


def test_ones_own_control_is_given_back(qtrade: Qtrade, backend: Backend) -> None:
    """In the name of the session that holds it."""
    mine = {"user": getpass.getuser(), "host": socket.gethostname(), "controls": True}
    present(backend, someone("desk-1", **mine), holder="desk-1")
    assert qtrade("sessions", "release-control", "--redis-url", backend.url).code == 0
    (sent,) = backend.received
    assert isinstance(sent, ReleaseControl)
    assert sent.session_id == "desk-1"


def test_anothers_control_is_not(qtrade: Qtrade, backend: Backend) -> None:
    """It is said whose it is, and what to do."""
    present(backend, someone("desk-1", controls=True), holder="desk-1")
    said = qtrade("sessions", "release-control", "--redis-url", backend.url)
    assert said.code == 1
    assert "Anna of anna on den controls AutoTrading" in said.err
    assert "take over with `qtrade sessions take-control`" in said.err
    present(backend)
    free = qtrade("sessions", "release-control", "--redis-url", backend.url)
    assert "there is nothing to give back: nobody controls AutoTrading" in free.err
    assert backend.received == []


@contextmanager
def holding(backend: Backend) -> Iterator["subprocess.Popen[str]"]:
    """Run ``take-control`` as a process, for it lives until a signal."""
    line = ["sessions", "take-control", "--json", "--redis-url", backend.url]
    process = subprocess.Popen(
        [sys.executable, "-m", "qt_trade.cli.main", *line],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_of(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_the_control_is_held_until_ctrl_c_gives_it_back(backend: Backend) -> None:
    """The session lives as long as the command."""
    present(backend)
    with holding(backend) as process:
        assert line_of(process)["accepted"] is True
        (asked,) = backend.received
        assert isinstance(asked, TakeControl)
        backend.write(registry.AUTOTRADING_CONTROL, control(asked.session_id))
        assert line_of(process)["holder"] == asked.session_id
        assert backend.read(registry.SESSION, asked.session_id) is not None
        process.send_signal(signal.SIGINT)
        assert line_of(process)["accepted"] is True
        assert process.wait(20) == 0
    assert isinstance(backend.received[-1], ReleaseControl)
    assert backend.read(registry.SESSION, asked.session_id) is None


def test_a_control_that_is_taken_over_ends_the_command(backend: Backend) -> None:
    """With code 1, and with who has it now."""
    present(backend)
    with holding(backend) as process:
        line_of(process)
        mine = backend.received[0].session_id
        backend.write(registry.AUTOTRADING_CONTROL, control(mine))
        line_of(process)
        backend.write(registry.AUTOTRADING_CONTROL, control("desk-1"))
        _, words = process.communicate(timeout=20)
        assert process.returncode == 1
    assert "the control is lost: desk-1 controls AutoTrading" in words


def test_the_audit_is_read_from_the_database(qtrade: Qtrade, postgres_url: str) -> None:
    """As a table for people, and one JSON object per line for programs."""
    with fresh_database(postgres_url, "audit_of_the_cli", "template0") as url:
        asyncio.run(_fill(url))
        said = qtrade("audit", "--database-url", url)
        assert said.code == 0, said.err
        assert "setting changed" in said.out
        assert "risk_settings" in said.out
        assert "anna@den" in said.out
        assert "cash_reserve" in said.out
        lines = qtrade("audit", "--last", "1", "--json", "--database-url", url).out.splitlines()
    (last,) = (json.loads(line) for line in lines)
    assert (last["what"], last["by"]) == ("SESSION_REVOKED", "desk-2")


async def _fill(url: str) -> None:
    await migrate(url)
    told = {
        "at": AT,
        "account": "paper:test",
        "session_id": "desk-1",
        "user": "anna",
        "host": "den",
    }
    changed = AuditEntry(
        what=Audited.SETTING_CHANGED, words="cash_reserve", key="risk_settings", **told
    )
    gone = AuditEntry(what=Audited.SESSION_REVOKED, words="left", by="desk-2", **told)
    async with wiring.leading("engine", settings_of("redis://x", url)) as lead:
        await lead.audit().add([changed, gone], [])


def test_an_audit_out_of_reach_is_said_to_be(qtrade: Qtrade) -> None:
    """Without a traceback, and without the password."""
    said = qtrade("audit", "--database-url", "postgresql://me:secret@127.0.0.1:1/qt")
    assert said.code == 1
    assert "cannot be read" in said.err
    assert "secret" not in said.err
    nowhere = qtrade("audit")
    assert "nothing runs in" in nowhere.err
