"""The trial of a connection: on real servers, whole and broken at each step."""

from collections.abc import Iterator

import pytest
import redis
from tests.servers import ServerProcess
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Party
from qt_trade.contract.exports.acl import User, acl_rules
from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.contract.target import address_of, target_of, url_of
from qt_trade.contract.trial import StepName, Trial, trial_of
from qt_trade.kit.clock import Clock, ManualClock

pytestmark = pytest.mark.asyncio

CLOCK = ManualClock(make.AT)


@pytest.fixture
def users(private_valkey: ServerProcess) -> Iterator[dict[User, str]]:
    """The URLs of the users a server of ours knows."""
    with redis.Redis.from_url(private_valkey.url) as admin:
        for user in User:
            admin.execute_command("ACL", "SETUSER", user, "on", ">pw", *acl_rules(user))
    place = private_valkey.url.rpartition("@")[2]
    yield {user: f"redis://{user}:pw@{place}" for user in User}


async def tried(url: str, clock: Clock = CLOCK) -> Trial:
    """A trial of which only the order and what was not tried is certain."""
    trial = await trial_of(url, clock)
    assert [step.name for step in trial.steps] == list(StepName)
    states = [step.ok for step in trial.steps]
    assert states == sorted(states, key=lambda ok: {True: 0, False: 1, None: 2}[ok])
    return trial


async def test_nine_of_nine_with_a_running_backend(connect: Connect, redis_url: str) -> None:
    """Each step says what it found and how long it took."""
    streamer = await connect(redis_url, Party.STREAMER)
    await streamer.write(registry.MARKET_DATA, make.market_data())
    trial = await tried(redis_url)
    assert (trial.passed, trial.failed, trial.role) == (9, None, SessionRole.TRADER)
    words = {step.name: step.words for step in trial.steps}
    assert words[StepName.SERVER].startswith("Valkey 9.")
    assert words[StepName.BACKEND].startswith("1 document of a running backend, all readable")
    assert all(step.words and step.ms is not None for step in trial.steps)
    assert address_of(redis_url).password not in repr(trial)


async def test_a_trial_writes_nothing(redis_url: str, stranger: redis.Redis) -> None:
    """It asks what it may do with commands that cannot succeed."""
    stranger.config_resetstat()
    await tried(redis_url)
    assert stranger.dbsize() == 0
    calls = stranger.info("commandstats")
    assert calls["cmdstat_evalsha"]["failed_calls"] == calls["cmdstat_evalsha"]["calls"] > 0
    assert calls["cmdstat_xadd"]["failed_calls"] == calls["cmdstat_xadd"]["calls"] == 1


@pytest.mark.parametrize(
    ("user", "role", "words"),
    [
        (User.VIEWER, SessionRole.VIEWER, "change nothing"),
        (User.TRADER, SessionRole.TRADER, "write settings and send commands"),
        (User.BACKEND, SessionRole.TRADER, "more than a frontend needs"),
    ],
)
async def test_the_role_is_found_out_by_what_the_server_permits(
    connect: Connect, private_valkey: ServerProcess, users: dict[User, str], user: User,
    role: SessionRole, words: str,
) -> None:  # fmt: skip
    """Whatever name the user has; a trial passes for each of ours."""
    streamer = await connect(private_valkey.url, Party.STREAMER)
    await streamer.write(registry.MARKET_DATA, make.market_data())
    trial = await tried(users[user])
    assert (trial.passed, trial.role) == (9, role)
    assert words in trial.steps[6].words
    assert trial.steps[3].words == f"as {user}"


async def test_a_user_who_may_nothing_is_told_whom_to_be(private_valkey: ServerProcess) -> None:
    """Not to read, or to read and nothing else."""
    place = private_valkey.url.rpartition("@")[2]
    with redis.Redis.from_url(private_valkey.url) as admin:
        for rules, words in (
            (("+@connection",), "may not read"),
            (("+@connection", "+@read", "~*"), "not open a session"),
        ):
            admin.execute_command("ACL", "SETUSER", "guest", "reset", "on", ">pw", *rules)
            trial = await tried(f"redis://guest:pw@{place}")
            assert trial.failed is not None
            assert trial.failed.name is StepName.RIGHTS
            assert words in trial.failed.words
            assert "viewer or trader" in trial.failed.fix


async def test_a_silent_backend_and_one_of_another_version_are_told_apart(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """As is a server where nobody has ever written."""
    trial = await tried(redis_url)
    assert trial.failed is not None
    assert trial.failed.words == "no backend has written here yet"
    streamer = await connect(redis_url, Party.STREAMER)
    await streamer.write(registry.MARKET_DATA, make.market_data())
    later = ManualClock(make.AT.replace(hour=15))
    trial = await tried(redis_url, later)
    assert trial.failed is not None
    assert trial.failed.words == "the backend has been silent for 3600 s"
    stranger.set("system_status", "{}")
    trial = await tried(redis_url)
    assert trial.failed is not None
    assert "another version: system_status" in trial.failed.words


@pytest.mark.parametrize(
    ("url", "step", "words"),
    [
        ("redis://a,b", StepName.NAME, "several hosts are for Sentinels"),
        ("redis://host.invalid", StepName.NAME, "nobody knows a machine of the name in host.inv"),
        ("redis://127.0.0.1:1", StepName.TCP, "nothing listens at 127.0.0.1:1"),
        ("unix:///nowhere/redis.sock", StepName.TCP, "a file is missing on the way to /nowhere"),
        ("redis+sentinel://127.0.0.1:1/m", StepName.NAME, "no Sentinel names the primary of m"),
    ],
)
async def test_an_address_that_leads_nowhere_fails_at_its_step(
    url: str, step: StepName, words: str
) -> None:
    """With words that name what was tried, and how to mend it."""
    trial = await tried(url)
    assert trial.failed is not None
    assert trial.failed.name is step
    assert words in trial.failed.words
    assert trial.failed.fix


async def test_a_wrong_password_fails_at_the_log_in(redis_url: str) -> None:
    """The server's words are in it, the password is not."""
    trial = await tried(url_of(target_of(redis_url), "wrong"))
    assert trial.failed is not None
    assert trial.failed.name is StepName.LOGIN
    assert "refuses user or password" in trial.failed.words


async def test_a_replica_and_a_server_without_notifications_are_refused(
    private_valkey: ServerProcess,
) -> None:
    """On the first nothing can be written, on the second a stranger's writes go unseen."""
    with redis.Redis.from_url(private_valkey.url) as admin:
        admin.config_set("notify-keyspace-events", "")
        trial = await tried(private_valkey.url)
        assert trial.failed is not None
        assert trial.failed.name is StepName.PUSHES
        assert "K$gx" in trial.failed.fix
        admin.replicaof("127.0.0.1", "1")
        trial = await tried(private_valkey.url)
        assert trial.failed is not None
        assert trial.failed.name is StepName.SERVER
        assert "a replica" in trial.failed.words
