"""The servers that all other tests lean on behave as promised."""

import psycopg
import pytest
import redis
from tests.servers import ServerProcess


def test_redis_is_empty_for_each_test(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left-behind", "1")


def test_redis_is_empty_after_a_test_that_wrote(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


@pytest.mark.parametrize("_turn", [1, 2])
def test_each_test_has_a_database_of_its_own(database_url: str, _turn: int) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE mine (at timestamptz)")
        assert connection.execute("SHOW server_version_num").fetchone() >= ("180000",)


def test_acknowledged_writes_survive_the_death_of_valkey(private_valkey: ServerProcess) -> None:
    url, pid = private_valkey.url, private_valkey.pid
    with redis.Redis.from_url(url) as client:
        client.set("kept", "yes")
        private_valkey.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("kept")
        private_valkey.start()
        assert client.get("kept") == b"yes"
    assert private_valkey.pid != pid
    assert private_valkey.url == url


def test_a_frozen_valkey_answers_again_after_the_thaw(private_valkey: ServerProcess) -> None:
    with redis.Redis.from_url(private_valkey.url, socket_timeout=0.2) as client:
        private_valkey.freeze()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        private_valkey.thaw()
        assert client.ping()


def test_committed_rows_survive_the_death_of_postgres(private_postgres: ServerProcess) -> None:
    with psycopg.connect(private_postgres.url) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    private_postgres.kill()
    private_postgres.start()
    with psycopg.connect(private_postgres.url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]
