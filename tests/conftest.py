"""What every test may ask for: real servers, an empty Redis, a fresh database, logs as they were."""

import itertools
import logging
from collections.abc import Iterator

import pytest
import structlog
from tests.servers import ServerProcess, flush, fresh_database, postgres_in, valkey_in

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Let no test hear less because one before it made its process quiet."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The session's Valkey. Tests mostly want ``redis_url``, which is empty."""
    with valkey_in(tmp_path_factory.mktemp("valkey")) as server:
        yield server.url


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The session's PostgreSQL. Tests mostly want ``database_url``, which is fresh."""
    with postgres_in(tmp_path_factory.mktemp("postgres")) as server:
        yield server.url


@pytest.fixture
def redis_url(valkey_url: str) -> str:
    """The session's Valkey, emptied."""
    flush(valkey_url)
    return valkey_url


@pytest.fixture(scope="session")
def database_template() -> str:
    """What ``database_url`` is a copy of: an empty database.

    A folder of tests may override it with the name of a database that has its tables.
    """
    return "template0"


@pytest.fixture
def database_url(postgres_url: str, database_template: str) -> Iterator[str]:
    """A database of this test's own."""
    with fresh_database(postgres_url, f"test_{next(_numbers)}", database_template) as url:
        yield url


@pytest.fixture
def private_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A running Valkey of this test's own: kill it, freeze it, start it again."""
    with valkey_in(tmp_path_factory.mktemp("private-valkey")) as server:
        yield server


@pytest.fixture
def private_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A running PostgreSQL of this test's own: kill it, start it again."""
    with postgres_in(tmp_path_factory.mktemp("private-postgres")) as server:
        yield server
