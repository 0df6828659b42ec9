"""Documents on a real server: the value now, every later change once, never backwards."""

import asyncio
from decimal import Decimal

import msgspec
import pytest
import redis
from tests.servers import ServerProcess
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import (
    ConflictError,
    ForeignWriteError,
    InvalidMessageError,
)
from qt_trade.contract.payloads.market import MarketData
from qt_trade.contract.payloads.sessions import Session
from qt_trade.contract.payloads.trading import AutoTradingStatus, BackendStatus

pytestmark = pytest.mark.asyncio


async def fence(writer: Bus, watcher: Bus) -> None:
    """Return when everything pushed to the watcher before this call has been handled."""
    seen: Seen[Change[BackendStatus]] = Seen()
    topic = await watcher.watch(registry.AUTOTRADING_BACKEND_STATUS, seen)
    await seen.count(1)
    known = len(seen)
    await writer.write(registry.AUTOTRADING_BACKEND_STATUS, BackendStatus.RUNNING)
    await seen.count(known + 1)
    await watcher.unwatch(topic)


async def test_a_document_is_plain_json_with_its_revision_beside_it(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """redis-cli shows the schema's JSON; reading it returns value and revision."""
    streamer = await connect(redis_url, Party.STREAMER)
    assert await streamer.read(registry.MARKET_DATA) is None
    assert await streamer.write(registry.MARKET_DATA, make.market_data(1)) == 1
    assert await streamer.write(registry.MARKET_DATA, make.market_data(2)) == 2
    assert stranger.get("market_data").startswith(b'{"ts":"2013-10-04T14:30:00Z",')
    found = await streamer.read(registry.MARKET_DATA)
    assert found is not None
    assert (found.value, found.revision) == (make.market_data(2), 2)


async def test_a_watcher_sees_the_present_and_every_change(
    connect: Connect, redis_url: str
) -> None:
    """First what is there (nothing, too), then each write, then the end."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    seen: Seen[Change[MarketData]] = Seen()
    await desk.watch(registry.MARKET_DATA, seen)
    await seen.count(1)
    for number in range(3):
        await streamer.write(registry.MARKET_DATA, make.market_data(number))
    await streamer.delete(registry.MARKET_DATA)
    await seen.count(5)
    late: Seen[Change[MarketData]] = Seen()
    await desk.watch(registry.MARKET_DATA, late)
    await late.count(1)
    values = [make.market_data(number) for number in range(3)]
    assert [change.value for change in seen] == [None, *values, None]
    assert [change.revision for change in seen] == [0, 1, 2, 3, 4]
    assert all(change.error is None for change in seen)
    assert late == seen[-1:]


async def test_a_watcher_that_comes_amid_many_writes_misses_and_doubles_nothing(
    connect: Connect, redis_url: str
) -> None:
    """Between its first reading and the pushes there is no gap and no step back."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    watchers: list[Seen[Change[MarketData]]] = []
    await streamer.write(registry.MARKET_DATA, make.market_data())

    async def write() -> None:
        for number in range(199):
            await streamer.write(registry.MARKET_DATA, make.market_data(number))

    async def watch() -> None:
        for _ in range(20):
            watchers.append(Seen())
            await desk.watch(registry.MARKET_DATA, watchers[-1])
            await watchers[-1].count(1)

    await asyncio.gather(write(), watch())
    for seen in watchers:
        await seen.until(lambda changes: changes[-1].revision == 200)
        first = seen[0].revision
        assert [change.revision for change in seen] == list(range(first, 201))


async def test_others_keep_watching_when_one_stops(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """The channel is left with its last watcher, and so is the one for strangers' writes."""
    desk = await connect(redis_url, Party.FRONTEND)
    engine = await connect(redis_url, Party.ENGINE)
    one: Seen[Change[AutoTradingStatus]] = Seen()
    other: Seen[Change[AutoTradingStatus]] = Seen()
    first = await engine.watch(registry.AUTOTRADING_STATUS, one)
    second = await engine.watch(registry.AUTOTRADING_STATUS, other)
    await one.count(1)
    await other.count(1)
    await engine.unwatch(first)
    await engine.unwatch(first)
    await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
    await other.count(2)
    assert len(one) == 1
    channels = ("autotrading:status", "__keyspace@0__:autotrading:status")
    assert [count for _, count in stranger.pubsub_numsub(*channels)] == [1, 1]
    await engine.unwatch(second)
    await fence(engine, engine)
    assert [count for _, count in stranger.pubsub_numsub(*channels)] == [0, 0]
    back: Seen[Change[AutoTradingStatus]] = Seen()
    await engine.watch(registry.AUTOTRADING_STATUS, back)
    await back.count(1)
    assert back[0].value is AutoTradingStatus.ACTIVE


async def test_of_two_desks_the_second_gets_a_conflict(connect: Connect, redis_url: str) -> None:
    """A write on top of an old revision is refused and tells the present one."""
    desk = await connect(redis_url, Party.FRONTEND)
    other = await connect(redis_url, Party.FRONTEND)
    await desk.write(registry.AUTOTRADING_ENABLED, make.config(), expect=0)
    await desk.write(registry.AUTOTRADING_ENABLED, make.config(enabled=False), expect=1)
    with pytest.raises(ConflictError, match="at revision 2, not 1") as caught:
        await other.write(registry.AUTOTRADING_ENABLED, make.config(), expect=1)
    assert (caught.value.expected, caught.value.found) == (1, 2)
    found = await other.read(registry.AUTOTRADING_ENABLED)
    assert found is not None
    assert found.value == make.config(enabled=False)


async def test_a_document_belongs_to_its_writers(connect: Connect, redis_url: str) -> None:
    """A desktop cannot write the engine's state, nor delete it."""
    desk = await connect(redis_url, Party.FRONTEND)
    with pytest.raises(ForeignWriteError, match="market_data is written by streamer"):
        await desk.write(registry.MARKET_DATA, make.market_data())
    with pytest.raises(ForeignWriteError):
        await desk.delete(registry.MARKET_DATA)


async def test_what_does_not_fit_is_not_written(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """The writer is told; the old value stays."""
    desk = await connect(redis_url, Party.FRONTEND)
    with pytest.raises(InvalidMessageError, match="order_notional"):
        await desk.write(registry.AUTOTRADING_ENABLED, make.config(notional=Decimal("1E+13")))
    assert not stranger.exists("autotrading:enabled", "rev:autotrading:enabled")


async def test_a_session_dies_when_nobody_renews_it(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """The server itself forgets it; it is plain, and leaves no revision; others live for ever."""
    desk = await connect(redis_url, Party.FRONTEND)
    await desk.write(registry.SESSION, make.session(), "desk-1")
    assert 0 < stranger.pttl("session:desk-1") <= 15_000
    await desk.delete(registry.SESSION, "desk-1")
    await desk.delete(registry.SESSION, "never-seen")
    assert not stranger.exists("session:desk-1", "rev:session:desk-1", "rev:session:never-seen")
    await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
    assert stranger.pttl("autotrading:status") == -1


async def test_a_plain_document_is_one_command_and_watched_all_the_same(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """The server tells of it; a heartbeat costs no script and no revision."""
    desk, engine = await connect(redis_url, Party.FRONTEND), await connect(redis_url, Party.ENGINE)
    seen: Seen[Change[Session]] = Seen()
    await engine.watch(registry.SESSION, seen, "desk-1")
    assert await desk.write(registry.SESSION, make.session(), "desk-1") == 0
    await seen.until(lambda all_: bool(all_) and all_[-1].value == make.session())
    await desk.delete(registry.SESSION, "desk-1")
    await seen.until(lambda all_: all_[-1].value is None)
    assert stranger.keys("*session*") == []


async def test_a_strangers_set_and_del_are_noticed(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """A client that knows no revisions is heard; its nonsense becomes an error and a letter."""
    engine = await connect(redis_url, Party.ENGINE)
    seen: Seen[Change[AutoTradingStatus]] = Seen()
    await engine.watch(registry.AUTOTRADING_STATUS, seen)
    await seen.count(1)
    stranger.set("autotrading:status", '"ACTIVE"')
    await seen.count(2)
    stranger.set("autotrading:status", "MAYBE")
    await seen.count(3)
    stranger.delete("autotrading:status")
    await seen.count(4)
    assert [change.value for change in seen] == [None, AutoTradingStatus.ACTIVE, None, None]
    assert [change.error is not None for change in seen] == [False, False, True, False]
    assert "'MAYBE' is none of" in str(seen[2].error)
    assert engine.rejected == 1


async def test_reading_a_strangers_nonsense_raises(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Missing is None, damaged is an error: never the one for the other."""
    engine = await connect(redis_url, Party.ENGINE)
    stranger.set("risk_settings", "{")
    with pytest.raises(InvalidMessageError, match="risk_settings"):
        await engine.read(registry.RISK_SETTINGS)
    assert engine.rejected == 1


async def test_a_lost_revision_counter_deafens_nobody(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """The first write after a FLUSHALL has revision 1 and is seen all the same."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    seen: Seen[Change[MarketData]] = Seen()
    await desk.watch(registry.MARKET_DATA, seen)
    for number in range(5):
        await streamer.write(registry.MARKET_DATA, make.market_data(number))
    await seen.until(lambda changes: changes[-1].revision == 5)
    stranger.flushall()
    await streamer.write(registry.MARKET_DATA, make.market_data(77))
    await seen.until(lambda changes: changes[-1].value == make.market_data(77))
    await streamer.write(registry.MARKET_DATA, make.market_data(78))
    await seen.until(lambda changes: changes[-1].value == make.market_data(78))
    assert seen[-1].revision == 2


@pytest.mark.parametrize("command", ["FLUSHALL", "FLUSHDB ASYNC"])
async def test_an_emptied_server_is_noticed_at_once(
    connect: Connect, redis_url: str, stranger: redis.Redis, command: str
) -> None:
    """Nobody has to write for it: what was there is shown as gone, and its writer is told."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    doubts: Seen[None] = Seen()
    streamer.on_doubt(lambda: doubts(None))
    seen: Seen[Change[MarketData]] = Seen()
    await desk.watch(registry.MARKET_DATA, seen)
    await streamer.write(registry.MARKET_DATA, make.market_data())
    await seen.until(lambda all_: bool(all_) and all_[-1].value is not None)
    assert doubts == []
    stranger.execute_command(*command.split())
    await seen.until(lambda all_: all_[-1].value is None)
    await doubts.count(1)
    assert (desk.link.emptied, desk.link.reconnects) == (1, 0)
    await streamer.write(registry.MARKET_DATA, make.market_data())
    await seen.until(lambda all_: all_[-1].value is not None)


async def test_noise_on_a_documents_channel_changes_nothing(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """A push without a revision is refused; one that is not true is corrected by the next."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    seen: Seen[Change[MarketData]] = Seen()
    await desk.watch(registry.MARKET_DATA, seen)
    await seen.count(1)
    stranger.publish("market_data", "hello")
    stranger.publish("market_data", "9" * 5000 + " {}")
    stranger.publish("market_data", "99 {}")
    await seen.count(2)
    await streamer.write(registry.MARKET_DATA, make.market_data(1))
    await seen.count(3)
    assert seen[1].error is not None
    assert (seen[2].value, seen[2].revision) == (make.market_data(1), 1)
    assert desk.rejected == 3


async def test_a_list_where_a_document_belongs_is_no_document(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Whatever stands there, the writer's next value takes its place."""
    streamer = await connect(redis_url, Party.STREAMER)
    stranger.lpush("market_data", "x")
    assert await streamer.read(registry.MARKET_DATA) is None
    assert await streamer.write(registry.MARKET_DATA, make.market_data(1)) == 1


@pytest.mark.parametrize("command", ["SET", "LPUSH"])
async def test_nonsense_at_the_key_of_a_revision_counts_as_none(
    connect: Connect, redis_url: str, stranger: redis.Redis, command: str
) -> None:
    """Reading, writing and deleting go on from nothing."""
    streamer = await connect(redis_url, Party.STREAMER)
    await streamer.write(registry.MARKET_DATA, make.market_data(1))
    stranger.delete("rev:market_data")
    stranger.execute_command(command, "rev:market_data", "x")
    found = await streamer.read(registry.MARKET_DATA)
    assert found is not None
    assert found.revision == 0
    assert await streamer.write(registry.MARKET_DATA, make.market_data(2), expect=0) == 1
    stranger.delete("rev:market_data")
    stranger.execute_command(command, "rev:market_data", "x")
    await streamer.delete(registry.MARKET_DATA)
    assert stranger.get("rev:market_data") == b"1"


async def test_a_forbidden_document_is_an_error_not_a_silence(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Who may not read a key is told so on that watch; all others work."""
    stranger.acl_setuser(
        "guest", enabled=True, passwords=["+guest"], categories=["+@all"],
        keys=["%RW~autotrading:*", "%RW~rev:autotrading:*", "%R~sum:autotrading:*",
              "%RW~contract:*"], channels=["*"],
    )  # fmt: skip
    where = redis_url.rpartition("@")[2]
    guest = await connect(f"redis://guest:guest@{where}", Party.FRONTEND)
    forbidden: Seen[Change[MarketData]] = Seen()
    allowed: Seen[Change[AutoTradingStatus]] = Seen()
    await guest.watch(registry.MARKET_DATA, forbidden)
    await guest.watch(registry.AUTOTRADING_STATUS, allowed)
    await forbidden.count(1)
    await allowed.count(1)
    stranger.acl_deluser("guest")
    assert "permissions" in str(forbidden[0].error)
    assert allowed[0].error is None


async def test_a_readers_fault_is_its_own(connect: Connect, redis_url: str) -> None:
    """A callback that raises, at the first reading or at a push, leaves the others hearing."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    calls = []

    def broken(change: Change[MarketData]) -> None:
        calls.append(change)
        raise ZeroDivisionError

    seen: Seen[Change[MarketData]] = Seen()
    await desk.watch(registry.MARKET_DATA, broken)
    await desk.watch(registry.MARKET_DATA, seen)
    await seen.count(1)
    await streamer.write(registry.MARKET_DATA, make.market_data(1))
    await seen.count(2)
    assert len(calls) == 2
    assert desk.link.reconnects == 0


async def test_a_slow_reader_is_whole_again_with_the_last_value(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """The server lets go of one who does not read; he comes back and misses no state."""
    with redis.Redis.from_url(private_valkey.url) as stranger:
        stranger.config_set("client-output-buffer-limit", "pubsub 1mb 1mb 1")
        desk = await connect(private_valkey.url, Party.FRONTEND)
        streamer = await connect(private_valkey.url, Party.STREAMER)
        seen: Seen[Change[MarketData]] = Seen()
        links: Seen[int] = Seen()
        desk.on_link(lambda link: links(link.reconnects))
        await desk.watch(registry.MARKET_DATA, seen)
        await seen.count(1)
        # This loop does not let the desk read until the server has had enough of it. (What is
        # larger than 16 KB Valkey shares between readers and does not count.)
        flood = stranger.pipeline(transaction=False)
        while _desk(stranger):
            for _ in range(500):
                flood.publish("market_data", "1 " + "x" * 10_000)
            flood.execute()
        await links.until(lambda counts: counts[-1] >= 1)
        await streamer.write(registry.MARKET_DATA, make.market_data(42))
        await seen.until(lambda changes: changes[-1].value == make.market_data(42))


def _desk(stranger: redis.Redis) -> bool:
    names = [client["name"] for client in stranger.client_list(_type="pubsub")]
    return "qtrade-frontend" in names


async def test_several_members_are_written_in_one_round_trip(
    connect: Connect, redis_url: str
) -> None:
    """Each with its revision and its push; none when one does not fit."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    seen: Seen[Change[MarketData]] = Seen()
    await desk.watch(registry.MARKET_DATA, seen)
    await seen.count(1)
    values = [("", make.market_data(number)) for number in range(3)]
    assert await streamer.write_many(registry.MARKET_DATA, values) == (1, 2, 3)
    await seen.count(4)
    assert [change.value for change in seen[1:]] == [value for _, value in values]
    wrong = msgspec.structs.replace(values[0][1], source=7)
    with pytest.raises(InvalidMessageError, match="source"):
        await streamer.write_many(registry.MARKET_DATA, [*values, ("", wrong)])
    found = await desk.read(registry.MARKET_DATA)
    assert found is not None
    assert found.revision == 3
    assert await streamer.write_many(registry.MARKET_DATA, []) == ()


async def test_what_strangers_write_too_is_written_one_by_one(
    connect: Connect, redis_url: str
) -> None:
    """Nobody writes over a stranger in a lot."""
    desk = await connect(redis_url, Party.FRONTEND)
    streamer = await connect(redis_url, Party.STREAMER)
    with pytest.raises(ValueError, match="risk_settings is written one by one"):
        await desk.write_many(registry.RISK_SETTINGS, [("", make.risk())])
    with pytest.raises(ForeignWriteError):
        await streamer.write_many(registry.RISK_SETTINGS, [("", make.risk())])
