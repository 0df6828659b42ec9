"""A server with the product's users, and a way in for each of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import redis
from tests.servers import ServerProcess, valkey_in

Enter = Callable[[str], redis.Redis]
"""Return the client of a user: ``viewer``, ``trader``, ``backend``, ``admin``, or ``nobody``."""


@pytest.fixture(scope="package")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with valkey_in(tmp_path_factory.mktemp("guarded")) as server:
        yield server


def without_user(url: str) -> str:
    """Return the URL for somebody who shows no password."""
    return f"redis://{url.rpartition('@')[2]}"


@pytest.fixture
def enter(guarded: ServerProcess) -> Iterator[Enter]:
    with ExitStack() as held:

        def enter(user: str) -> redis.Redis:
            url = without_user(guarded.url) if user == "nobody" else guarded.url_of(user)
            # RESP2: with RESP3 the client itself would be refused at its HELLO.
            protocol = 2 if user == "nobody" else 3
            client = redis.Redis.from_url(url, socket_timeout=10.0, protocol=protocol)
            return held.enter_context(client)

        yield enter
