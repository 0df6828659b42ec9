"""Somebody tries to get in: what Redis itself must refuse, for every user.

What may be written is listed here by hand, and not taken from the registry: the users are made
from the registry, and a slip there shall not excuse itself.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
import redis
from redis import exceptions
from tests.intruder.conftest import Enter, without_user
from tests.servers import ServerProcess

from qt_trade.contract import registry, scripts
from qt_trade.contract.endpoints import Command, Document, Log

REFUSED = (exceptions.NoPermissionError, exceptions.AuthenticationError)
"""NOPERM for a user that may not; NOAUTH for who is none."""
NO = r"(?i)permission|authentication|not allowed"
SWITCHED_OFF = ("DEBUG", "MODULE")
"""The server's settings forbid them before it asks who it is."""
ADMINISTRATION = (
    "ACL DELUSER trader", "ACL GETUSER admin", "ACL LIST", "ACL LOAD", "ACL LOG", "ACL SAVE",
    "ACL SETUSER viewer on nopass ~* &* +@all", "ACL SETUSER mallory on nopass +@all", "ACL USERS",
    "BGREWRITEAOF", "BGSAVE", "CLIENT KILL ID 1", "CLIENT KILL USER backend", "CLIENT LIST",
    "CLIENT NO-EVICT on", "CLIENT PAUSE 1", "CLIENT UNBLOCK 1",
    "CLUSTER INFO", "CONFIG GET *", "CONFIG GET requirepass", "CONFIG REWRITE", "CONFIG RESETSTAT",
    "CONFIG SET aclfile /tmp/mine", "CONFIG SET dir /tmp", "CONFIG SET notify-keyspace-events ''",
    "CONFIG SET requirepass ''", "DEBUG RELOAD", "DEBUG SLEEP 0", "FAILOVER", "FLUSHALL",
    "FLUSHALL ASYNC", "FLUSHDB", "FUNCTION FLUSH", "FUNCTION LOAD x", "KEYS *", "LATENCY RESET",
    "MIGRATE 127.0.0.1 1 trades_log 0 1", "MODULE LIST", "MODULE LOAD /tmp/x.so", "MONITOR",
    "PSYNC ? -1", "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "RESTORE x 0 x", "SAVE",
    "SCRIPT FLUSH", "SCRIPT KILL", "SHUTDOWN NOSAVE", "SLAVEOF NO ONE", "SLOWLOG GET",
    "SLOWLOG RESET", "SORT trades_log", "SWAPDB 0 0", "SYNC",
)  # fmt: skip
"""Nobody of the product may; only the supervisor's admin."""
LOOKING_AROUND = (
    "SCAN 0", "RANDOMKEY", "DBSIZE", "INFO", "DUMP market_data", "OBJECT ENCODING market_data",
    "MEMORY USAGE market_data", "LRANGE jobs:run 0 -1", "HGETALL jobs:run:unacked",
    "ZRANGE redbeat:run::schedule 0 -1", "SMEMBERS redbeat:run:statics", "PUBSUB CHANNELS",
    "BRPOP jobs:run 1", "XREADGROUP GROUP engine leader STREAMS frontend:manual_orders >",
    "XAUTOCLAIM frontend:manual_orders engine me 0 0", "XACK frontend:manual_orders engine 1-1",
    "XGROUP DESTROY frontend:manual_orders engine", "XINFO GROUPS frontend:manual_orders",
    "FCALL x 0", "FUNCTION LIST", "COPY market_data mine", "RENAME market_data mine",
    "MOVE market_data 1", "LPUSH jobs:run forged", "ZADD redbeat:run::schedule 0 forged",
    "HGETALL quota:finnhub", "HSET quota:finnhub pause_until 1", "SET quota:claim:x 1",
)  # fmt: skip
"""Frontends have no business there: the product's jobs, other people's commands, the server."""
EVERYBODY_OF_OURS = ("viewer", "trader", "backend")
FRONTENDS = ("viewer", "trader")
OUTSIDERS = ("nobody",)
MINE = {
    "viewer": ("session:viewer-*",),
    "trader": (
        "session:*", "risk_settings", "autotrading:enabled", "autotrading:status",
        "frontend:session_settings", "frontend:trading_config", "frontend:bot_strategy",
        "frontend:portfolio_settings", "frontend:ui_state", "frontend:watch_list",
    ),
}  # fmt: skip
"""The documents a user may write."""
STREAMS_OF_A_TRADER = (
    "frontend:manual_orders", "frontend:emergency_actions", "frontend:session_actions",
    "frontend:risk_questions", "frontend:data_requests", "frontend:ml_requests",
    "contract:dead_letters",
)  # fmt: skip


def keys_of(*kinds: type) -> list[str]:
    """Return one key of every endpoint of these kinds."""
    return [
        key.key("AAPL" if key.family else "") for key in registry.KEYS if isinstance(key, kinds)
    ]


def is_foreign(key: str, user: str) -> bool:
    """Tell whether a document is another's; how one's own are written is for other tests."""
    return not any(fnmatchcase(key, pattern) for pattern in MINE[user])


def words(command: str) -> list[str]:
    return ["" if word == "''" else word for word in command.split()]


@pytest.fixture(autouse=True)
def unharmed(guarded: ServerProcess) -> Iterator[None]:
    """After every attempt the server holds what it held, its users too."""
    with redis.Redis.from_url(guarded.url) as admin:
        admin.flushall()
        for key in keys_of(Document):
            admin.set(key, "kept")
            admin.set(f"rev:{key}", 7)
            admin.set(f"sum:{key}", "kept")
        for key in keys_of(Log, Command):
            admin.xadd(key, {"d": "kept"})
        for script in vars(scripts).values():
            if isinstance(script, scripts.Script):
                admin.script_load(script.text)
        before = state_of(admin)
        yield
        assert state_of(admin) == before


def state_of(admin: redis.Redis) -> object:
    values = {key: admin.dump(key) for key in sorted(admin.keys("*"))}
    return values, sorted(admin.acl_list()), admin.config_get("*")


@pytest.mark.parametrize("user", [*EVERYBODY_OF_OURS, *OUTSIDERS])
@pytest.mark.parametrize("command", ADMINISTRATION)
def test_nobody_of_the_product_administers_the_server(
    enter: Enter, user: str, command: str
) -> None:
    """Neither a frontend nor the backend nor a stranger; some commands are off for all."""
    off = () if command.partition(" ")[0] not in SWITCHED_OFF else (exceptions.ResponseError,)
    with pytest.raises((*REFUSED, *off), match=NO):
        enter(user).execute_command(*words(command))


@pytest.mark.parametrize("user", [*FRONTENDS, *OUTSIDERS])
@pytest.mark.parametrize("command", LOOKING_AROUND)
def test_frontends_do_not_look_around(enter: Enter, user: str, command: str) -> None:
    """Not into Celery's queues, not into the command groups, not into the list of keys."""
    with pytest.raises(REFUSED):
        enter(user).execute_command(*words(command))


@pytest.mark.parametrize(
    ("key", "user"),
    [(key, user) for key in keys_of(Document) for user in FRONTENDS if is_foreign(key, user)],
)
def test_documents_are_written_by_their_owners_alone(enter: Enter, user: str, key: str) -> None:
    """A foreign document, its revision and its channel are closed, by whatever command."""
    client = enter(user)
    for command in (
        ("SET", key, "forged"), ("SET", key, "forged", "GET"), ("GETSET", key, "forged"),
        ("GETDEL", key), ("GETEX", key, "PX", "1"), ("APPEND", key, "forged"),
        ("SETRANGE", key, "0", "forged"), ("MSET", key, "forged"), ("DEL", key), ("UNLINK", key),
        ("EXPIRE", key, "0"), ("PERSIST", key), ("RENAME", key, "x"), ("XADD", key, "*", "d", "x"),
        ("SET", f"rev:{key}", "9"), ("INCR", f"rev:{key}"), ("DEL", f"rev:{key}"),
        ("SET", f"sum:{key}", "forged"), ("DEL", f"sum:{key}"),
        ("PUBLISH", key, "8 forged"), ("SPUBLISH", key, "8 forged"),
        ("PUBLISH", f"__keyspace@0__:{key}", "set"),
    ):  # fmt: skip
        with pytest.raises(REFUSED):
            client.execute_command(*command)


@pytest.mark.parametrize("user", FRONTENDS)
@pytest.mark.parametrize("key", keys_of(Log, Command))
def test_streams_are_written_by_their_owners_alone(enter: Enter, user: str, key: str) -> None:
    """A trader appends commands and refused messages, and takes nothing away; a viewer nothing."""
    client = enter(user)
    commands = [
        ("XDEL", key, "1-1"), ("XTRIM", key, "MAXLEN", "0"), ("XSETID", key, "0-0"),
        ("SET", key, "forged"), ("UNLINK", key), ("EXPIRE", key, "0"), ("LPUSH", key, "x"),
        ("XGROUP", "CREATE", key, "mine", "0"),
    ]  # fmt: skip
    appends = user == "trader" and key in STREAMS_OF_A_TRADER
    if not appends:
        commands.append(("XADD", key, "*", "d", "forged"))
    if key != "contract:dead_letters" or user == "viewer":
        # The script that appends a refused message pushes it, and makes way for itself.
        commands += [("DEL", key), ("PUBLISH", key, "9-9 forged")]
    for command in commands:
        with pytest.raises(REFUSED):
            client.execute_command(*command)


@pytest.mark.parametrize("user", FRONTENDS)
@pytest.mark.parametrize(
    "channel",
    ["quotes:AAPL", "replies:" + "0" * 32, "backend:role:engine-1", "backend:canary_probe:r"],
)
def test_no_frontend_forges_what_the_backend_says(enter: Enter, user: str, channel: str) -> None:
    """Quotes, replies, role reports and the canary come from the backend alone."""
    with pytest.raises(REFUSED):
        enter(user).publish(channel, "forged")


@pytest.mark.parametrize("user", FRONTENDS)
def test_no_frontend_forges_a_kept_reply(enter: Enter, user: str) -> None:
    """A reply is kept by its command's id; only the engine writes it."""
    with pytest.raises(REFUSED):
        enter(user).set("reply:order-1", "accepted")


@pytest.mark.parametrize(
    "script",
    [
        "return redis.call('SET', 'trading_status', 'forged')",
        "return redis.call('SET', KEYS[1], 'forged')",
        "return redis.call('DEL', 'rev:trading_status')",
        "return redis.call('PUBLISH', 'trading_status', '9 forged')",
        "return redis.call('PUBLISH', 'quotes:AAPL', 'forged')",
        "return redis.call('XTRIM', 'frontend:manual_orders', 'MAXLEN', 0)",
        "return redis.call('FLUSHALL')",
        "return redis.call('CONFIG', 'GET', '*')",
        "return redis.call('ACL', 'SETUSER', 'mallory', 'on', 'nopass')",
    ],
)
@pytest.mark.parametrize("user", FRONTENDS)
def test_a_script_reaches_nothing_its_user_could_not_reach(
    enter: Enter, user: str, script: str
) -> None:
    """Neither by a key it declares nor by one it keeps to itself."""
    client = enter(user)
    for keys in ([], ["trading_status"], ["session:viewer-1"]):
        if "KEYS[1]" in script and keys != ["trading_status"]:
            continue
        with pytest.raises(exceptions.ResponseError, match=NO):
            client.eval(script, len(keys), *keys)


@pytest.mark.parametrize(
    "script", ["return redis.call('FLUSHALL')", "return redis.call('CONFIG', 'GET', '*')"]
)
def test_the_backends_scripts_do_not_administer_either(enter: Enter, script: str) -> None:
    """The roles' user is held to its rights inside scripts as well."""
    with pytest.raises(exceptions.ResponseError, match=NO):
        enter("backend").eval(script, 0)


def test_a_viewer_brings_no_script(enter: Enter) -> None:
    """One that never ends would stop the server for all."""
    viewer = enter("viewer")
    for command in (
        ("EVAL", "return 1", "0"),
        ("EVAL_RO", "return 1", "0"),
        ("SCRIPT", "LOAD", "return 1"),
    ):
        with pytest.raises(REFUSED):
            viewer.execute_command(*command)


def test_a_viewer_calls_the_contracts_scripts_for_its_own_session_alone(enter: Enter) -> None:
    """The same script that keeps its session alive is refused for anything else."""
    viewer, admin = enter("viewer"), enter("admin")
    sha = admin.script_load(scripts.WRITE.text)
    for key in ("session:trader-1", "trading_status", "autotrading:enabled"):
        with pytest.raises(REFUSED):
            viewer.execute_command("EVALSHA", sha, 2, key, f"rev:{key}", "{}", "", "")


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("viewer", "guess"), ("trader", ""), ("backend", "None"), ("admin", "admin"),
        ("default", ""), ("default", "default"), ("mallory", "x"), ("", ""), ("trader\x00", "x"),
        ("x" * 100_000, "y" * 100_000),
    ],
)  # fmt: skip
def test_a_wrong_password_opens_nothing(guarded: ServerProcess, user: str, password: str) -> None:
    """Wrong, empty and absent passwords, unknown users and the default user."""
    with redis.Redis.from_url(without_user(guarded.url), protocol=2) as client:
        with pytest.raises((exceptions.AuthenticationError, exceptions.ResponseError)):
            client.execute_command("AUTH", user, password)
        with pytest.raises(REFUSED):
            client.get("market_data")


def test_an_old_style_password_opens_nothing(guarded: ServerProcess) -> None:
    """AUTH with a password alone asks for the default user, which is off."""
    password = guarded.url_of("backend").split(":")[2].partition("@")[0]
    with (
        redis.Redis.from_url(without_user(guarded.url), protocol=2) as client,
        pytest.raises(exceptions.AuthenticationError),
    ):
        client.execute_command("AUTH", password)


@pytest.mark.parametrize("user", EVERYBODY_OF_OURS)
def test_nobody_rises_by_a_second_login(guarded: ServerProcess, user: str) -> None:
    """A failed AUTH leaves the rights as they are, and RESET leaves none."""
    with redis.Redis.from_url(guarded.url_of(user), single_connection_client=True) as client:
        with pytest.raises(exceptions.AuthenticationError):
            client.execute_command("AUTH", "admin", "guess")
        assert client.acl_whoami() == user
        client.execute_command("RESET")
        with pytest.raises(REFUSED):
            client.get("market_data")


@pytest.mark.parametrize("user", FRONTENDS)
def test_everybody_reads_and_listens(enter: Enter, user: str) -> None:
    """What the desktop needs is there for both: documents, logs, replies, every channel."""
    client = enter(user)
    assert client.mget("market_data", "rev:market_data") == [b"kept", b"7"]
    assert len(client.xrevrange("trades_log")) == 1
    with client.pubsub() as listening:
        listening.subscribe("trading_status", "replies:" + "0" * 32)
        listening.psubscribe("quotes:*", "__keyspace@0__:autotrading:enabled")
        told = [listening.get_message(timeout=5) for _ in range(4)]
    assert all(one is not None and "subscribe" in one["type"] for one in told)
