"""``qtrade watch``: the value now, every change, and word of a lost connection."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
from tests.desktop import backend as payloads
from tests.desktop.backend import Backend
from tests.servers import ServerProcess
from tests.unit.cli.conftest import Qtrade, Said

from qt_trade.cli.watching import find_endpoint
from qt_trade.contract import registry

STEP_S = 0.02


@contextmanager
def watching(qtrade: Qtrade, *arguments: str) -> Iterator[list[Said]]:
    """Run a watch in a thread; it has ended behind the block, and what it said is in the list."""
    said: list[Said] = []
    thread = threading.Thread(target=lambda: said.append(qtrade("watch", *arguments)), daemon=True)
    thread.start()
    try:
        yield said
    finally:
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("key", "endpoint", "part"),
    [
        ("market_status", registry.MARKET_STATUS, ""),
        ("quotes", registry.QUOTES, "*"),
        ("quotes:BRK.B", registry.QUOTES, "BRK.B"),
        ("bars:AAPL", registry.BARS, "AAPL"),
        ("session:desk-1", registry.SESSION, "desk-1"),
        ("trades_log", registry.TRADES_LOG, ""),
    ],
)
def test_a_key_is_found(key: str, endpoint: object, part: str) -> None:
    """Families by their part; a feed as a whole, too."""
    assert find_endpoint(key) == (endpoint, part)


def test_a_document_once(qtrade: Qtrade, backend: Backend) -> None:
    """For scripts: one object and the end."""
    backend.write(registry.MARKET_STATUS, payloads.status())
    line = ("watch", "market_status", "--count", "1", "--redis-url", backend.url)
    said = qtrade(*line, "--json")
    assert said.code == 0
    assert said.out.count("\n") == 1
    assert json.loads(said.out)["feed"] == "REPLAY"
    assert json.loads(qtrade(*line).out) == json.loads(said.out)


def test_a_document_that_is_not_there_is_null(qtrade: Qtrade, redis_url: str) -> None:
    """Nothing published is a state as well."""
    said = qtrade("watch", "market_status", "--count", "1", "--json", "--redis-url", redis_url)
    assert said.out == "null\n"


def test_quotes_as_they_come(qtrade: Qtrade, backend: Backend) -> None:
    """A feed has no past: publish until the watcher has seen enough."""
    with watching(qtrade, "quotes", "--count", "3", "--json", "--redis-url", backend.url) as said:
        while not said:
            backend.publish(payloads.quote("AAPL", 487.75, 483.03))
    quotes = [json.loads(line) for line in said[0].out.splitlines()]
    assert [quote["symbol"] for quote in quotes] == ["AAPL"] * 3


def test_a_log_from_its_beginning(qtrade: Qtrade, backend: Backend) -> None:
    """What is in it, oldest first."""
    trades = payloads.trades()
    backend.append(registry.TRADES_LOG, trades)
    count = str(len(trades))
    said = qtrade("watch", "trades_log", "--count", count, "--json", "--redis-url", backend.url)
    shown = [json.loads(line)["fill_id"] for line in said.out.splitlines()]
    assert shown == [trade.fill_id for trade in trades]


def test_damage_is_shown_as_what_it_is(qtrade: Qtrade, backend: Backend) -> None:
    """The error stands where the value would."""
    backend.spoil("market_status", b"nonsense")
    line = ("watch", "market_status", "--count", "1", "--json", "--redis-url", backend.url)
    assert "error" in json.loads(qtrade(*line).out)


def test_a_lost_connection_is_told_and_mended(
    qtrade: Qtrade, private_valkey: ServerProcess
) -> None:
    """The watch goes on after the server's return; standard output holds values alone."""
    url = private_valkey.url
    line = ("autotrading:status", "--json", "--redis-url", url, "--count", "2")
    backend = Backend(url)
    try:
        with watching(qtrade, *line) as said:
            somebody_has_read(url)
            private_valkey.kill()
            private_valkey.start()
            backend.spoil("autotrading:status", b"ACTIVE")
    finally:
        backend.close()
    assert said[0].code == 0
    assert said[0].out == 'null\n"ACTIVE"\n'
    assert "the connection is lost" in said[0].err
    assert "connected again" in said[0].err


def somebody_has_read(url: str) -> None:
    """Return once a watcher has subscribed to autotrading:status and then read it."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        while "cmdstat_mget" not in client.info("commandstats"):
            threading.Event().wait(STEP_S)
