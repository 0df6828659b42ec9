"""The server's users, asked of a real server that has loaded the file made for it."""

import random
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
import redis
from tests.unit.contract import make
from tests.unit.contract.exports.conftest import LogIn, WalledValkey, hashed
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry, scripts
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.consumer import Rejection
from qt_trade.contract.endpoints import Command, Document, Endpoint, Feed, Log, Party
from qt_trade.contract.errors import RefusedError
from qt_trade.contract.exports.acl import User, acl_file, acl_rules, acl_template
from qt_trade.contract.payloads.commands import EmergencyAction, Reply
from qt_trade.contract.payloads.market import MarketData
from qt_trade.kit.clock import SystemClock

LOOKING = (
    "hello auth ping echo select reset quit acl|whoami client|setname client|getname"
    " client|setinfo client|id client|info client|no-touch client|tracking get mget getrange strlen exists type"
    " ttl pttl expiretime pexpiretime xrange xrevrange xlen xread xinfo|stream time subscribe"
    " unsubscribe psubscribe punsubscribe multi exec discard watch unwatch"
)
ADMINISTRATION = (
    "flushall flushdb shutdown debug monitor keys sort swapdb save bgsave bgrewriteaof replicaof"
    " failover restore migrate config|get config|set config|rewrite config|resetstat acl|setuser"
    " acl|deluser acl|list acl|getuser acl|load acl|save acl|log client|kill client|list"
    " client|pause client|no-evict module|load module|unload function|load function|flush"
    " function|restore fcall script|flush script|kill script|debug slowlog|get latency|reset"
    " cluster|reset psync sync"
)
VIEWER_MAY = set(LOOKING.split())
"""All that a viewer may do outside his own session, by itself: no more, whatever is added."""
NOBODY_MAY = set(ADMINISTRATION.split())
EVERY_USER = pytest.mark.parametrize("user", list(User))


def refused(client: "redis.Redis", *command: Any) -> bool:
    """Whether the server says that this user may not; any other error fails the test."""
    try:
        client.execute_command(*command)
    except redis.exceptions.NoPermissionError:
        return True
    except redis.ResponseError as error:
        # Inside a script the refusal of a command comes as the script's error.
        if "ACL failure in script" not in str(error):
            raise
        return True
    return False


def may(warden: "redis.Redis", user: str, *command: str) -> bool:
    """Ask the server, without doing it, whether a user may."""
    answer = warden.execute_command("ACL", "DRYRUN", user, *command)
    return bool(answer in (True, b"OK", "OK"))


def commands_of(warden: "redis.Redis") -> dict[str, int]:
    """Return every command of the server, subcommands with ``|``, and its least words."""
    with redis.Redis.from_url(warden_url(warden), protocol=2) as client:
        client.response_callbacks.clear()
        answers = client.execute_command("COMMAND")
    found: dict[str, int] = {}
    for name, arity, *_, below in answers:
        for command, words in [(name, arity)] if not below else [(one[0], one[1]) for one in below]:
            found[command.decode().lower()] = abs(words)
    return found


def warden_url(warden: "redis.Redis") -> str:
    options = warden.connection_pool.connection_kwargs
    return f"redis://warden:{options['password']}@127.0.0.1:{options['port']}/0"


def allowed(warden: "redis.Redis", user: User) -> set[str]:
    """Return every command that a user may send about a key and channel that nobody declared."""
    return {
        name
        for name, words in commands_of(warden).items()
        if may(warden, user, *name.split("|"), *["1"] * (words - len(name.split("|"))))
    }


def test_a_viewer_may_only_look(warden: "redis.Redis") -> None:
    """Every command of the server is tried: nothing that changes anything is among his."""
    assert allowed(warden, User.VIEWER) == VIEWER_MAY


def test_outside_its_own_keys_a_trader_may_only_look_and_run_bounded_scripts(
    warden: "redis.Redis",
) -> None:
    """The same list, and scripts, whose every command is judged like a command of their user."""
    assert allowed(warden, User.TRADER) - VIEWER_MAY == {
        "eval",
        "evalsha",
        "script|load",
        "script|exists",
    }
    assert may(warden, User.TRADER, "eval", "return 1", "0")
    assert not may(warden, User.VIEWER, "eval", "return 1", "0")


@EVERY_USER
def test_nobody_of_ours_may_administer(warden: "redis.Redis", user: User) -> None:
    """Not even the backend flushes, reads the configuration or makes users."""
    assert NOBODY_MAY & allowed(warden, user) == set()


def test_the_default_user_is_off(walled: WalledValkey, warden: "redis.Redis") -> None:
    """Without a name and the right password nobody gets in."""
    for credentials in ("", ":word-of-backend@", "viewer:wrong@", "nobody:word-of-viewer@"):
        with (
            redis.Redis.from_url(f"redis://{credentials}127.0.0.1:{walled.port}/0") as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()


WRITES: dict[type[Endpoint[Any]], tuple[tuple[str, ...], ...]] = {
    Document: (("set", "KEY", "1"), ("del", "KEY"), ("publish", "KEY", "1"), ("incr", "rev:KEY"),
               ("evalsha", "0", "2", "KEY", "rev:KEY"), ("set", "sum:KEY", "1")),
    Command: (("xadd", "KEY", "*", "d", "1"),),
    Log: (("xadd", "KEY", "*", "d", "1"), ("publish", "KEY", "1"), ("evalsha", "0", "1", "KEY")),
    Feed: (("publish", "KEY", "1"),),
}  # fmt: skip
"""How each kind is written."""


@pytest.mark.parametrize("key", registry.KEYS, ids=lambda one: one.name)
def test_who_writes_a_key_stands_in_the_registry(warden: "redis.Redis", key: Endpoint[Any]) -> None:
    """A trader writes what frontends write, a viewer nothing, the backend all; all read all."""
    name = key.key("X") if key.family else key.key()
    for form in WRITES[type(key)]:
        command = [word.replace("KEY", name) for word in form]
        assert may(warden, User.BACKEND, *command)
        written = Party.FRONTEND in key.writers and _exists(key, command)
        assert may(warden, User.TRADER, *command) == written, command
        assert not may(warden, User.VIEWER, *command), command
    for user in User:
        assert may(warden, user, "get", name)
        assert may(warden, user, "subscribe", name, f"__keyspace@0__:{name}")
        assert may(warden, user, "psubscribe", f"{name}*")
        assert may(warden, user, "xread", "streams", name, "0")


def _exists(key: Endpoint[Any], command: list[str]) -> bool:
    """Tell whether a key has what a command is about: a revision, a push, a digest."""
    name = key.key("X") if key.family else key.key()
    if not isinstance(key, Document) or (command[0] in {"del", "set"} and command[1] == name):
        return True
    return key.foreign_writers if command[1].startswith("sum:") else not key.plain


@pytest.mark.parametrize(
    "command",
    [
        "del frontend:emergency_actions", "set frontend:manual_orders []",
        "xgroup create frontend:manual_orders g 0", "xdel frontend:manual_orders 1-1",
        "xack frontend:manual_orders engine 1-1", "xtrim frontend:manual_orders maxlen 0",
        "del contract:dead_letters", "set reply:c1 {}", "publish replies:b1 {}",
        "publish quotes:AAPL {}", "publish market_data 1", "set trading_status {}",
        "xadd trades_log * d 1", "xadd backend:trading_cycle * d 1", "incr rev:trading_status",
        "lpush jobs:run 1", "hset redbeat:run:x a 1", "set sessions:active {}",
        "hset quota:finnhub a 1", "del quota:finnhub", "set quota:claim:x 1",
        "set autotrading:control {}", "publish __keyspace@0__:autotrading:enabled set",
        "rename frontend:ui_state trading_status", "copy risk_settings trading_status",
        "publish backend:canary_probe:run {}", "publish backend:role:engine {}",
    ],
)  # fmt: skip
def test_what_a_trader_may_not(warden: "redis.Redis", command: str) -> None:
    """A frontend forges no quote, no reply and no backend document, and unsays no order."""
    assert not may(warden, User.TRADER, *command.split())
    assert not may(warden, User.VIEWER, *command.split())
    assert may(warden, User.BACKEND, *command.split())


def test_a_viewer_writes_its_own_session_and_no_other(log_in: LogIn, warden: "redis.Redis") -> None:
    """The prefix of the id is the role: a viewer cannot call itself a trader."""
    viewer, backend = log_in("viewer"), log_in("backend")
    write = backend.script_load(scripts.WRITE.text)
    assert viewer.set("session:viewer-1", "{}", ex=15)
    assert refused(viewer, "EVALSHA", write, 2, "session:viewer-1", "rev:session:viewer-1", "{}")
    assert refused(viewer, "PUBLISH", "session:viewer-1", "2 {}")
    assert viewer.delete("session:viewer-1") == 1
    for key in ("session:desk-1", "session:viewe", "xsession:viewer-1", "rev:session:desk-1"):
        assert refused(viewer, "SET", key, "{}")
        assert refused(viewer, "PUBLISH", key, "{}")
        assert refused(viewer, "EVALSHA", write, 2, key, f"rev:{key}", "{}", "", "")
        assert refused(viewer, "EVALSHA", write, 2, "session:viewer-1", key, "{}", "", "")
    assert warden.keys("session:desk*") == []


@pytest.mark.parametrize(
    "body",
    [
        "redis.call('SET', 'trading_status', '{}')",
        "redis.call('INCR', 'rev:trading_status')",
        "redis.call('PUBLISH', 'quotes:AAPL', '{}')",
        "redis.call('PUBLISH', 'market_data', '9 {}')",
        "redis.call('DEL', 'frontend:emergency_actions')",
        "redis.call('XTRIM', 'frontend:manual_orders', 'MAXLEN', 0)",
        "redis.call('FLUSHALL')",
        "redis.call('SET', KEYS[1] .. 'x', '{}')",
    ],
)
def test_a_script_reaches_no_further_than_its_user(
    log_in: LogIn, warden: "redis.Redis", body: str
) -> None:
    """Undeclared keys and channels are judged too, command by command, for trader and viewer."""
    trader, viewer, backend = log_in("trader"), log_in("viewer"), log_in("backend")
    warden.xadd("frontend:manual_orders", {"d": "1"})
    before = sorted(warden.keys())
    assert refused(trader, "EVAL", body, 0 if "KEYS" not in body else 1, "risk_settings")
    sha = backend.script_load(body)
    own = "session:viewer-1"
    # With its x in front of it the last one is the viewer's own key, which it may set.
    if "KEYS" not in body:
        assert refused(viewer, "EVALSHA", sha, 1, own)
    assert refused(viewer, "EVAL", body, 1, own)
    assert refused(viewer, "SCRIPT", "LOAD", body)
    assert sorted(warden.keys()) == before


def test_a_trader_runs_our_scripts_and_adds_commands(log_in: LogIn, warden: "redis.Redis") -> None:
    """Conditional writes of settings, the session, dead letters; orders by XADD."""
    trader = log_in("trader")
    assert trader.eval(
        scripts.WRITE.text, 2, "risk_settings", "rev:risk_settings", "{}", "", ""
    ) == [
        1,
        1,
    ]
    assert trader.set("session:desk-1", "{}", ex=15)
    assert trader.delete("session:desk-1") == 1
    append = trader.script_load(scripts.APPEND.text)
    assert trader.evalsha(append, 1, "contract:dead_letters", 10, "{}")
    assert trader.xadd("frontend:manual_orders", {"d": "{}", "r": "bus"})
    assert trader.xadd("frontend:emergency_actions", {"d": "{}", "r": "bus"})
    assert trader.set("autotrading:status", "ACTIVE")
    assert trader.delete("autotrading:enabled") == 0


@pytest_asyncio.fixture
async def buses(walled: WalledValkey, warden: "redis.Redis") -> AsyncIterator[dict[str, Bus]]:
    """The engine, a trader's desk and a viewer's, each by its own user."""
    numbers = count()
    parties = {User.BACKEND: Party.ENGINE, User.TRADER: Party.FRONTEND, User.VIEWER: Party.FRONTEND}
    opened = {
        user: Bus(walled.url_of(user), party, SystemClock(), random.Random(next(numbers)))
        for user, party in parties.items()
    }
    for bus in opened.values():
        await bus.open(20.0)
    yield opened
    for bus in opened.values():
        await bus.close()


@pytest.mark.asyncio
async def test_the_product_works_behind_the_wall(buses: dict[str, Bus], log_in: LogIn) -> None:
    """Settings, orders with their replies, pushes, strangers' writes; a viewer sees it all."""
    engine, desk, viewer = buses["backend"], buses["trader"], buses["viewer"]

    async def handle(command: EmergencyAction) -> Reply:
        return make.reply(command.command_id, "done")

    def reject(rejection: Rejection) -> Reply:
        return make.reply(rejection.command_id, rejection.reason, accepted=False)

    engine.serve(registry.EMERGENCY_ACTIONS, handle, reject)
    seen: Seen[Change[Any]] = Seen()
    await viewer.watch(registry.RISK_SETTINGS, seen)
    await viewer.watch(registry.AUTOTRADING_STATUS, seen)
    await seen.count(2)
    await desk.write(registry.RISK_SETTINGS, make.risk(), expect=0)
    log_in("trader").set("autotrading:status", "ACTIVE")
    await seen.count(4)
    assert (await desk.send(registry.EMERGENCY_ACTIONS, make.stop("c1"), 20.0)).accepted
    await viewer.write(registry.SESSION, make.session("viewer-1"), "viewer-1")
    assert await engine.read(registry.SESSION, "viewer-1") is not None
    with pytest.raises(RefusedError):
        await viewer.write(registry.RISK_SETTINGS, make.risk())
    with pytest.raises(RefusedError):
        await viewer.write(registry.SESSION, make.session("desk-2"), "desk-2")
    with pytest.raises(RefusedError):
        await viewer.send(registry.EMERGENCY_ACTIONS, make.stop("c2"))


@pytest.mark.asyncio
async def test_a_forged_push_never_leaves_a_desk(buses: dict[str, Bus], log_in: LogIn) -> None:
    """What a watcher of the backend's documents sees comes from the backend."""
    seen: Seen[Change[MarketData]] = Seen()
    await buses["viewer"].watch(registry.MARKET_DATA, seen)
    await seen.count(1)
    for user in ("viewer", "trader"):
        assert refused(log_in(user), "PUBLISH", "market_data", "7 {}")
    assert len(seen) == 1


def test_several_passwords_are_valid_together_and_none_switches_off() -> None:
    """So a password is changed without a moment at which neither works."""
    old, new = hashed("old"), hashed("new")
    text = acl_file({"viewer": [], "trader": [old, new], "backend": [old]})
    default, viewer, trader, backend = text.splitlines()
    assert default.startswith("user default off ")
    assert viewer.startswith("user viewer off resetpass resetkeys ")
    assert trader.startswith(f"user trader on resetpass {old} {new} resetkeys ")
    assert backend.split()[-len(acl_rules("backend")) :] == list(acl_rules("backend"))


@pytest.mark.parametrize(
    ("passwords", "words"),
    [
        ({"viewer": ["secret"], "trader": [], "backend": []}, "viewer: a password is given as"),
        ({"viewer": [hashed("x") + "\n"], "trader": [], "backend": []}, "64 digits"),
        ({"trader": [], "backend": []}, "viewer: its passwords are missing"),
        ({"viewer": [], "trader": [], "backend": [], "root": []}, "no such user: root; viewer, "),
    ],
)
def test_what_is_no_password_is_refused(passwords: dict[str, list[str]], words: str) -> None:
    """A clear password must not stand in the file, and nothing may break out of its line."""
    with pytest.raises(ValueError, match=words):
        acl_file(passwords)
    with pytest.raises(ValueError, match="root"):
        acl_rules("root")


def test_the_template_is_taken_by_no_server(warden: "redis.Redis") -> None:
    """The committed file holds no password, and nobody can run it by mistake."""
    line = next(line for line in acl_template().splitlines() if line.startswith("user viewer"))
    with pytest.raises(redis.ResponseError):
        warden.execute_command("ACL", "SETUSER", *line.split()[1:5])
