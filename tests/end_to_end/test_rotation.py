"""Passwords change while everything runs: nobody is started anew, and the old ones are refused."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from tests import asking
from tests.end_to_end.stack import QTRADE, Stack, running_stack

from qt_trade.contract.exports.acl import User

OPTIONS = ("--feed", "simulation", "--speed", "60")
PATIENCE_S = 60.0


def qtrade(stack: Stack, *words: str) -> str:
    """Run a command on the stack and return what it says."""
    command = [*QTRADE, *words, "--data-dir", str(stack.data_dir)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def status_of(stack: Stack) -> dict[str, Any]:
    return dict(json.loads(qtrade(stack, "status", "--json")))


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another program does."""
    asking.until(holds, PATIENCE_S)


def whole(stack: Stack) -> bool:
    """Whether the canary flies and every role works."""
    system = status_of(stack)["system_status"]
    return bool(system["chain_ok"]) and all(one["alive"] for one in system["roles"].values())


def cycles_called(stack: Stack) -> int:
    """Return how many cycles have come by way of beat, broker and worker."""
    return (stack.data_dir / "logs" / "worker.log").read_text().count("job.trading_cycle")


def refused(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            client.ping()
        except redis.AuthenticationError:
            return True
    return False


@pytest.mark.timeout(300)
def test_passwords_change_under_a_run(tmp_path: Path) -> None:
    """Roles, broker and beat come back by themselves; the server's next start knows the new ones."""
    with running_stack(tmp_path / "data", *OPTIONS) as stack:
        until(lambda: whole(stack))
        old = {user: stack.url_of(user) for user in User}
        before = {process.pid for process in stack.everyone()}

        said = qtrade(stack, "secrets", "rotate")

        assert all(f"{user}: a new password" in said for user in User)
        new = {user: stack.url_of(user) for user in User}
        assert not set(new.values()) & set(old.values())
        assert all(refused(url) for url in old.values())
        assert not any(refused(url) for url in new.values())
        called = cycles_called(stack)
        until(lambda: whole(stack) and cycles_called(stack) > called)
        assert {process.pid for process in stack.everyone()} == before

        stack.child("valkey-server").kill()
        stack.wait_for("valkey ready again")
        until(lambda: whole(stack))
        assert all(refused(url) for url in old.values())
        assert stack.stop() == 0, stack.logs()
    assert not any(url.split(":")[2] in line for url in old.values() for line in stack.said)


@pytest.mark.timeout(120)
def test_passwords_change_between_runs(tmp_path: Path) -> None:
    """Without a server the files change alone, and the next run has them."""
    with running_stack(tmp_path / "data", *OPTIONS) as stack:
        old = stack.url_of(User.TRADER)
        assert stack.stop() == 0, stack.logs()
    assert "from the next start on" in qtrade(stack, "secrets", "rotate", "trader")
    with running_stack(tmp_path / "data", *OPTIONS) as again:
        assert again.url_of(User.TRADER).split("@")[0] != old.split("@")[0]
        assert not refused(again.url_of(User.TRADER))
        assert again.stop() == 0, again.logs()
