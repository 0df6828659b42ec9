"""Servers of one's own, as compose.yaml has them, with nothing of `qtrade up`."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.composed import QTRADE, Composed


def system_of(composed: Composed) -> dict[str, Any]:
    """Return what `qtrade status` tells a viewer on this machine about the whole."""
    command = [*QTRADE, "status", "--json", "--redis-url", composed.url_of("viewer")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout)["system_status"])


def whole(composed: Composed) -> bool:
    """Whether every role has worked and the canary came through the chain."""
    system = system_of(composed)
    roles = system["roles"]
    assert set(roles) == {"streamer", "worker", "beat", "engine"}
    return bool(system["chain_ok"]) and all(one["last_work"] for one in roles.values())


@pytest.mark.timeout(300)
def test_every_service_of_compose_yaml_does_its_work(tmp_path: Path) -> None:
    """From `qtrade init` to healthy services, as the users and with the secrets it names."""
    with Composed(tmp_path / "own", QTRADE_FEED="simulation", QTRADE_SPEED="60") as composed:
        composed.up()
        for name in composed.services:
            if name != "prepare":
                composed.wait_healthy(name)
        composed.until(lambda: whole(composed))

        backend = composed.folder / "secrets" / "redis_backend_password"
        before = (backend.read_text(), backend.stat().st_ino, composed.pids())
        composed.begin(*QTRADE, "secrets", "rotate", "--own", str(composed.folder),
                       "--redis-host", composed.redis_host)  # fmt: skip
        # In the same file: a container that was handed it keeps hold of its inode.
        assert (backend.stat().st_ino, composed.pids()) == before[1:]
        assert backend.read_text() != before[0]
        composed.until(lambda: whole(composed))

        codes = composed.down()
        assert set(codes.values()) == {0}, codes
