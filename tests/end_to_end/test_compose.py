"""Servers of one's own, as compose.yaml has them, with nothing of `qtrade up`."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.composed import QTRADE, Composed


def roles_of(composed: Composed) -> dict[str, Any]:
    """Return what `qtrade status` tells a viewer on this machine about the roles."""
    command = [*QTRADE, "status", "--json", "--redis-url", composed.url_of("viewer")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    roles = dict(json.loads(done.stdout))["system_status"]["roles"]
    assert set(roles) == {"streamer", "worker", "beat", "engine"}
    return dict(roles)


@pytest.mark.timeout(300)
def test_every_service_of_compose_yaml_does_its_work(tmp_path: Path) -> None:
    """From `qtrade init` to healthy services, as the users and with the secrets it names."""
    with Composed(tmp_path / "own", QTRADE_FEED="simulation", QTRADE_SPEED="60") as composed:
        composed.up()
        for name in composed.services:
            if name != "prepare":
                composed.wait_healthy(name)
        # Beat's work is a cycle that came by way of broker and worker to the engine.
        composed.until(lambda: all(one["last_work"] for one in roles_of(composed).values()))
        assert all(one["alive"] for one in roles_of(composed).values())
        codes = composed.down()
        assert set(codes.values()) == {0}, codes
