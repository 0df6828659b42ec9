"""The embedded servers: loopback only, passwords hidden, nothing started that is not needed."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from tests.servers import ServerProcess

from qt_trade.contract.target import target_of
from qt_trade.roles.supervision.data_dir import DataDir, prepare_data_dir
from qt_trade.roles.supervision.errors import ServerError
from qt_trade.roles.supervision.ports import spare_ports
from qt_trade.roles.supervision.postgres import Postgres
from qt_trade.roles.supervision.servers import Servers, choose_servers
from qt_trade.roles.supervision.users import EVERYBODY
from qt_trade.roles.supervision.valkey import Valkey

VALKEY_SECRETS = tuple(f"valkey_{user}_password" for user in EVERYBODY)


def choose(folder: DataDir) -> tuple[Valkey, Postgres]:
    servers = choose_servers(folder, random.SystemRandom(), redis_url=None, database_url=None)
    assert servers.valkey is not None
    assert servers.postgres is not None
    return servers.valkey, servers.postgres


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    return prepare_data_dir(tmp_path / "data")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """A folder for the tests that only look."""
    return prepare_data_dir(tmp_path_factory.mktemp("shared") / "data")


@pytest.fixture(scope="module")
def valkey(shared: DataDir) -> Iterator[ServerProcess]:
    with ServerProcess(choose(shared)[0], shared.logs / "valkey.log") as server:
        yield server


@pytest.fixture(scope="module")
def postgres(shared: DataDir) -> Iterator[ServerProcess]:
    with ServerProcess(choose(shared)[1], shared.logs / "postgres.log") as server:
        yield server


def command_lines(server: ServerProcess) -> Iterator[str]:
    leader = psutil.Process(server.pid)
    for process in (leader, *leader.children(recursive=True)):
        # A backend that answered a question may end just now.
        with suppress(psutil.NoSuchProcess):
            yield str(process.cmdline())


def listened_addresses(server: ServerProcess) -> set[str]:
    links = psutil.Process(server.pid).net_connections("all")
    return {link.laddr.ip for link in links if link.status == psutil.CONN_LISTEN}


def test_valkey_listens_on_loopback_alone(valkey: ServerProcess) -> None:
    assert listened_addresses(valkey) == {"127.0.0.1"}


def test_postgres_listens_on_loopback_alone(postgres: ServerProcess) -> None:
    assert listened_addresses(postgres) == {"127.0.0.1"}


def test_no_password_stands_in_a_command_line_a_log_or_a_repr(
    shared: DataDir, valkey: ServerProcess, postgres: ServerProcess
) -> None:
    seen = [line for server in (valkey, postgres) for line in command_lines(server)]
    seen += [path.read_text() for path in shared.logs.iterdir()]
    seen.append(repr(choose(shared)))
    for name in (*VALKEY_SECRETS, "postgres_password"):
        assert not any(shared.secret(name).text in text for text in seen)


def test_valkey_lets_nobody_in_without_the_password(valkey: ServerProcess) -> None:
    bare = f"redis://{valkey.url.rpartition('@')[2]}"
    with redis.Redis.from_url(bare) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_each_user_of_valkey_has_a_password_of_its_own(valkey: ServerProcess) -> None:
    """Nobody gets in with another's password, and each is who it says."""
    for user in EVERYBODY:
        with redis.Redis.from_url(valkey.url_of(user), decode_responses=True) as client:
            assert client.acl_whoami() == user
        for other in set(EVERYBODY) - {user}:
            lent = valkey.url_of(other).replace(f"//{other}:", f"//{user}:")
            with redis.Redis.from_url(lent) as client, pytest.raises(redis.AuthenticationError):
                client.ping()


def test_the_users_file_holds_no_password_and_is_its_owners_alone(
    shared: DataDir, valkey: ServerProcess
) -> None:
    """Only hashes stand in it, and nobody else may read it."""
    del valkey
    file = shared.path / "valkey" / "users.acl"
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(shared.secret(name).text in file.read_text() for name in VALKEY_SECRETS)


def test_postgres_lets_nobody_in_without_the_password(postgres: ServerProcess) -> None:
    wrong = f"postgresql://qtrade:guess@{postgres.url.rpartition('@')[2]}"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_valkey_keeps_what_it_is_told_and_tells_of_foreign_writes(valkey: ServerProcess) -> None:
    with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        told = client.config_get("*")
    assert set(told["notify-keyspace-events"]) == set("K$gx")
    assert (told["appendonly"], told["appendfsync"]) == ("yes", "always")
    assert told["maxmemory-policy"] == "noeviction"


def test_qtrade_is_no_superuser_and_its_commits_are_durable(postgres: ServerProcess) -> None:
    with psycopg.connect(postgres.url) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper FROM pg_roles WHERE rolcanlogin"
        ).fetchall()
        assert sorted(rows) == [("postgres", True), ("qtrade", False)]
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        connection.execute("CREATE TABLE mine (at timestamptz)")


def test_a_folder_with_quotes_and_spaces_serves_as_well(tmp_path: Path) -> None:
    folder = tmp_path / 'a "b" c\\d'
    folder.mkdir()
    (port,) = spare_ports(1, random.SystemRandom())
    passwords = dict.fromkeys(EVERYBODY, "secret")
    for server in (Valkey(folder / "v", port, passwords), Postgres(folder / "p", port, "secret")):
        with ServerProcess(server, tmp_path / "log"):
            assert server.answers()


def test_a_lost_password_is_replaced(data_dir: DataDir) -> None:
    with (
        ServerProcess(choose(data_dir)[1], data_dir.logs / "postgres.log") as first,
        psycopg.connect(first.url) as connection,
    ):
        connection.execute("CREATE TABLE kept (number int)")
    (data_dir.path / "secrets" / "postgres_password").unlink()
    with (
        ServerProcess(choose(data_dir)[1], data_dir.logs / "postgres.log") as again,
        psycopg.connect(again.url) as connection,
    ):
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_the_cluster_of_another_version_is_left_alone(data_dir: DataDir) -> None:
    cluster = data_dir.path / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(ServerError, match="made by PostgreSQL 16"):
        choose(data_dir)[1].prepare()


def test_a_cluster_that_was_not_finished_is_made_anew(data_dir: DataDir) -> None:
    half = data_dir.path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with (
        ServerProcess(choose(data_dir)[1], data_dir.logs / "postgres.log") as server,
        psycopg.connect(server.url) as connection,
    ):
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not half.exists()


def test_a_cluster_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="postgres failed"):
        Postgres(tmp_path / "postgres", 1, "a quote ' ends the statement").prepare()


def test_own_servers_are_taken_and_nothing_is_embedded(data_dir: DataDir) -> None:
    mine = {"redis_url": "redis://:a@there/0", "database_url": "postgresql://u:b@there/db"}
    servers = choose_servers(data_dir, random.SystemRandom(), **mine)
    assert servers == Servers(*[mine["redis_url"]] * 3, mine["database_url"])
    assert asyncio.run(servers.processes()) == []
    assert list((data_dir.path / "secrets").iterdir()) == []


def test_one_own_server_leaves_the_other_embedded(data_dir: DataDir) -> None:
    servers = choose_servers(
        data_dir, random.SystemRandom(), redis_url=None, database_url="postgresql://u:b@there/db"
    )
    assert servers.valkey is not None
    target = target_of(servers.redis_url)
    assert (target.user, target.hosts) == ("backend", (("127.0.0.1", servers.valkey.port),))
    assert Path(target.password_file).read_text().strip() == servers.valkey.passwords["backend"]
    assert not any(password in servers.redis_url for password in servers.valkey.passwords.values())
    assert [spec.name for spec in asyncio.run(servers.processes())] == ["valkey"]


def test_spare_ports_are_different_and_out_of_the_way_of_clients() -> None:
    lowest_for_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = spare_ports(20, random.SystemRandom())
    assert len(set(ports)) == 20
    assert max(ports) < max(lowest_for_clients, 21_000)
