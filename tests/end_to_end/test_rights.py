"""The product needs no right it does not have: the server logs every refusal, and there is none."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from tests.desktop.hands import PAGES, Hands
from tests.end_to_end.stack import QTRADE, Stack, running_stack
from tests.end_to_end.test_rotation import cycles_called, until, whole


def refusals(stack: Stack) -> list[str]:
    """Return what the server has refused to whom, since it was started."""
    with redis.Redis.from_url(stack.url_of("admin"), decode_responses=True) as admin:
        return [f"{one['username']}: {one['reason']} {one['object']}" for one in admin.acl_log()]


def walk(hands: Hands) -> None:
    """Look at every page."""
    hands.until(lambda: hands.snapshot.connected and len(hands.snapshot.quotes) == 5)
    for page in PAGES:
        hands.show(page)
        hands.settle()


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("trade_unproven")
def test_the_whole_product_is_refused_nothing(
    tmp_path: Path, open_desk: Callable[[str], Hands]
) -> None:
    """Roles, broker, beat, `up`, desktops of both kinds and the commands that read."""
    options = ("--feed", "simulation", "--speed", "60", "--autotrade", "AGGRESSIVE")
    with running_stack(tmp_path / "data", *options) as stack:
        for user in ("trader", "viewer"):
            walk(open_desk(stack.url_of(user)))
        for words in (
            ("status",),
            ("sessions", "list"),
            ("watch", "quotes", "--count", "1"),
        ):
            command = [*QTRADE, *words, "--data-dir", str(stack.data_dir)]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
        called = cycles_called(stack)
        until(lambda: whole(stack) and cycles_called(stack) > called + 1)
        # Without the doctor: it asks what one may by trying it.
        assert refusals(stack) == []
        with redis.Redis.from_url(stack.url_of("viewer")) as viewer:
            active = json.loads(viewer.get("sessions:active") or b"{}")
        assert {one["role"] for one in active["sessions"]} == {"trader", "viewer"}
        assert stack.stop() == 0, stack.logs()
