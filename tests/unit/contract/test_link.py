"""The link on a real server: every way to lose it, every way back, and what stays whole."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
import redis
from tests.servers import ServerProcess
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import DisconnectedError, RefusedError
from qt_trade.contract.line import Words
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.payloads.market import Bar, MarketData, Quote
from qt_trade.contract.payloads.trading import AutoTradingStatus
from qt_trade.contract.replies import ReplyTopic
from qt_trade.kit.clock import ManualClock

pytestmark = pytest.mark.asyncio


def watch_link(bus: Bus) -> Seen[Link]:
    links: Seen[Link] = Seen()
    bus.on_link(links)
    return links


async def until_away(links: Seen[Link]) -> None:
    await links.until(lambda seen: not seen[-1].connected)


async def until_back(links: Seen[Link]) -> None:
    await links.until(lambda seen: seen[-1].connected)


async def test_everything_watched_is_whole_after_a_restart(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Documents, logs and feeds, those added while away, too; each change once."""
    streamer = await connect(private_valkey.url, Party.STREAMER)
    desk = await connect(private_valkey.url, Party.FRONTEND)
    data: Seen[Change[MarketData]] = Seen()
    bars: Seen[Batch[Bar]] = Seen()
    quotes: Seen[Quote] = Seen()
    await streamer.write(registry.MARKET_DATA, make.market_data(1))
    await desk.watch(registry.MARKET_DATA, data)
    await data.count(1)
    links = watch_link(desk)
    private_valkey.kill()
    await until_away(links)
    await desk.follow(registry.BARS, bars, "AAPL", last=5)
    await desk.subscribe(registry.QUOTES, quotes, "*")
    private_valkey.start()
    await until_back(links)
    assert bars[0].fresh
    await until_back(watch_link(streamer))
    await streamer.write(registry.MARKET_DATA, make.market_data(2))
    await streamer.append(registry.BARS, make.bar(1), "AAPL")
    await streamer.publish(registry.QUOTES, make.quote(), "AAPL")
    await data.until(lambda changes: changes[-1].value == make.market_data(2))
    await quotes.count(1)
    await bars.count(2)
    assert [change.revision for change in data] == [1, 2]
    assert links[-1].reconnects == 1


async def test_a_topic_that_went_while_the_server_was_away_hears_nothing(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Nor does the server know of it."""
    desk = await connect(private_valkey.url, Party.FRONTEND)
    links = watch_link(desk)
    private_valkey.kill()
    await until_away(links)
    gone: Seen[Change[MarketData]] = Seen()
    await desk.unwatch(await desk.watch(registry.MARKET_DATA, gone))
    private_valkey.start()
    await until_back(links)
    with redis.Redis.from_url(private_valkey.url) as stranger:
        assert stranger.pubsub_channels() == []
    assert gone == []


async def test_a_server_that_comes_back_empty_shows_nothing_and_then_the_new(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Revisions that begin anew are believed."""
    streamer = await connect(private_valkey.url, Party.STREAMER)
    desk = await connect(private_valkey.url, Party.FRONTEND)
    data: Seen[Change[MarketData]] = Seen()
    for number in range(5):
        await streamer.write(registry.MARKET_DATA, make.market_data(number))
    await desk.watch(registry.MARKET_DATA, data)
    await data.count(1)
    links = watch_link(desk)
    with redis.Redis.from_url(private_valkey.url) as stranger:
        stranger.flushall()  # goes into its file of appends, too: the next start finds nothing
    private_valkey.kill()
    await until_away(links)
    private_valkey.start()
    await until_back(links)
    await data.count(2)
    assert (data[-1].value, data[-1].revision) == (None, 0)
    await until_back(watch_link(streamer))
    await streamer.write(registry.MARKET_DATA, make.market_data(9))
    await data.count(3)
    assert (data[-1].value, data[-1].revision) == (make.market_data(9), 1)


async def test_topics_that_come_and_go_while_the_link_is_lost_and_found(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Each watcher that stays is told the present value, whenever it came."""
    desk = await connect(private_valkey.url, Party.FRONTEND)
    await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
    links = watch_link(desk)
    watchers: list[Seen[Change[AutoTradingStatus]]] = []
    stayed: list[Seen[Change[AutoTradingStatus]]] = []
    stop = asyncio.Event()

    async def come_and_go() -> None:
        while not stop.is_set():
            seen: Seen[Change[AutoTradingStatus]] = Seen()
            watchers.append(seen)
            topic = await desk.watch(registry.AUTOTRADING_STATUS, seen)
            if len(watchers) % 50:
                await desk.unwatch(topic)
            else:
                stayed.append(seen)
            await asyncio.sleep(0)

    task = asyncio.create_task(come_and_go())
    for _ in range(3):
        await asyncio.to_thread(private_valkey.kill)
        await until_away(links)
        await asyncio.to_thread(private_valkey.start)
        await until_back(links)
    stop.set()
    await task
    assert stayed
    for seen in stayed:
        await seen.count(1)
        assert seen[0].value is AutoTradingStatus.ACTIVE
        assert len(seen) == 1


async def test_a_confirmation_that_never_came_is_asked_for_again(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """The server hangs, a topic is added, the server dies: after its return it is whole."""
    desk = await connect(private_valkey.url, Party.FRONTEND)
    links = watch_link(desk)
    private_valkey.freeze()
    words: Seen[Change[AutoTradingStatus]] = Seen()
    data: Seen[Change[MarketData]] = Seen()
    await desk.watch(registry.AUTOTRADING_STATUS, words)
    await desk.watch(registry.MARKET_DATA, data)
    private_valkey.kill()
    await until_away(links)
    private_valkey.start()
    await until_back(links)
    assert len(words) == len(data) == 1


async def test_a_server_that_hangs_is_noticed(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Connections stay open and nothing answers: the link says so, and comes back with it."""
    desk = await connect(private_valkey.url, Party.FRONTEND)
    links = watch_link(desk)
    private_valkey.freeze()
    await until_away(links)
    assert "no answer" in links[-1].last_error
    with pytest.raises(DisconnectedError):
        await desk.ping()
    private_valkey.thaw()
    await until_back(links)
    assert await desk.ping() > 0
    assert links[-1].latency_ms is not None


async def test_a_cut_connection_comes_back_by_itself(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """And counts: attempts while away, reconnects for ever."""
    desk = await connect(redis_url, Party.FRONTEND)
    links = watch_link(desk)
    stranger.client_kill_filter(_type="normal", skipme=True)
    await links.until(lambda seen: seen[-1].reconnects == 1)
    phases = [link.phase for link in links]
    assert phases[0] is phases[-1] is LinkPhase.CONNECTED
    assert LinkPhase.RECONNECTING in phases
    away = next(link for link in links if link.phase is LinkPhase.RECONNECTING)
    assert away.attempt == 1
    assert 0 <= away.next_in_s <= 0.5
    assert away.latency_ms is None
    assert away.last_error


async def test_before_the_first_time_it_is_connecting(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """A desk that starts before its server shows the attempts, and no reconnect afterwards."""
    private_valkey.stop()
    desk = await connect(private_valkey.url, Party.FRONTEND, wait=False)
    links = watch_link(desk)
    await links.until(lambda seen: seen[-1].attempt >= 3)
    assert {link.phase for link in links} == {LinkPhase.CONNECTING}
    desk.try_now()
    private_valkey.start()
    await until_back(links)
    assert links[-1].reconnects == 0


async def test_opening_without_a_server_fails_with_the_reason(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """For those who cannot wait."""
    private_valkey.stop()
    bus = Bus(private_valkey.url, Party.FRONTEND, ManualClock(make.AT), random.Random(1))
    with pytest.raises(DisconnectedError, match="nothing listens"):
        await bus.open(timeout_s=0.1)
    for call in (bus.ping(), bus.read(registry.MARKET_DATA)):
        with pytest.raises(DisconnectedError):
            await call
    await bus.close()
    assert bus.link.phase is LinkPhase.CLOSED


@pytest.mark.parametrize("wrong", ["//:wrong@", "//"])
async def test_a_wrong_password_is_refused_and_not_tried_again(
    connect: Connect, private_valkey: ServerProcess, wrong: str
) -> None:
    """Nobody locks an account by trying; a person mends it and asks to try now."""
    right = private_valkey.url
    bus = await connect(right.replace(right.split("@")[0].split(":", 1)[1] + "@", wrong),
                        Party.FRONTEND, wait=False)  # fmt: skip
    links = watch_link(bus)
    await links.until(lambda seen: seen[-1].phase is LinkPhase.REFUSED)
    assert links[-1].next_in_s == 0.0
    with pytest.raises(RefusedError):
        await bus.read(registry.MARKET_DATA)
    with redis.Redis.from_url(right) as stranger:
        secret = ">wrong" if "wrong" in wrong else "nopass"
        stranger.execute_command("ACL", "SETUSER", "default", "on", secret, "~*", "&*", "+@all")
    bus.try_now()
    await until_back(links)


async def test_opening_with_a_wrong_password_raises(private_valkey: ServerProcess) -> None:
    """The server's own words are in it, the password is not."""
    password = private_valkey.url.split("@", maxsplit=1)[0].rpartition(":")[2]
    url = private_valkey.url.replace(password, f"x{password}")
    bus = Bus(url, Party.FRONTEND, ManualClock(make.AT), random.Random(1))
    with pytest.raises(RefusedError, match=r"WRONGPASS|invalid username-password"):
        await bus.open()
    assert password not in bus.link.last_error
    await bus.close()


async def test_a_reader_of_the_link_that_breaks_breaks_nothing(
    connect: Connect, redis_url: str
) -> None:
    """The next one is told; the link lives."""
    bus = await connect(redis_url, Party.FRONTEND)
    links: Seen[Link] = Seen()

    def broken(link: Link) -> None:
        links(link)
        if len(links) > 1:
            raise ZeroDivisionError

    bus.on_link(broken)
    after = watch_link(bus)
    await bus.ping()
    assert len(links) == len(after) == 2


async def test_the_time_of_a_state_is_the_walls(redis_url: str) -> None:
    """Since when: what the clock said."""
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    bus = Bus(redis_url, Party.FRONTEND, clock, random.Random(1))
    await bus.open()
    assert bus.link.since == clock.now()
    await bus.close()


async def test_a_hundred_calls_at_once_wait_for_their_turn(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """They share a few connections instead of failing or opening one each."""
    bus = await connect(redis_url, Party.STREAMER)
    await asyncio.gather(*(bus.publish(registry.QUOTES, make.quote(), "A") for _ in range(500)))
    mine = [one for one in stranger.client_list() if one["name"] == "qtrade-streamer"]
    assert len(mine) <= 17


async def test_an_idle_frontend_costs_the_server_next_to_nothing(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """At most one command a second, whatever it watches."""
    desk = await connect(redis_url, Party.FRONTEND)
    seen: list[Seen[Change[object]]] = []
    for document in (registry.MARKET_DATA, registry.AUTOTRADING_STATUS, registry.RISK_SETTINGS):
        seen.append(Seen())
        await desk.watch(document, seen[-1])
        await seen[-1].count(1)
    links = watch_link(desk)
    loop = asyncio.get_running_loop()
    stranger.config_resetstat()
    started = loop.time()
    await links.count(4)  # one per question whether the server lives
    counted = stranger.info("commandstats")
    mine = sum(row["calls"] for name, row in counted.items() if "config" not in name)
    assert mine >= 1
    assert mine <= loop.time() - started


async def test_a_server_that_only_reads_is_away_for_writers(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """A leader that was made a follower: soon another one is it, so it is worth waiting."""
    desk = await connect(private_valkey.url, Party.FRONTEND)
    with redis.Redis.from_url(private_valkey.url) as stranger:
        stranger.replicaof("127.0.0.1", "1")
        with pytest.raises(DisconnectedError, match="read only"):
            await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
        stranger.replicaof("NO", "ONE")
    assert await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE) == 1


async def test_a_ping_before_the_link_stands_is_no_link(connect: Connect, redis_url: str) -> None:
    """The round trip is returned; what is shown waits for the first reading."""
    bus = Bus(redis_url, Party.FRONTEND, ManualClock(make.AT), random.Random(1))
    assert await bus.ping() > 0
    assert bus.link.phase is LinkPhase.CONNECTING
    assert bus.link.latency_ms is None
    await bus.close()


async def test_a_reconnect_that_missed_nothing_says_nothing(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Neither documents nor logs nor replies are told again."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    await streamer.append(registry.BARS, make.bar(1), "AAPL")
    bars: Seen[Batch[Bar]] = Seen()
    data: Seen[Change[MarketData]] = Seen()
    await desk.follow(registry.BARS, bars, "AAPL", last=5)
    await desk.watch(registry.MARKET_DATA, data)
    await desk._subscriber.add(desk._replies)
    await bars.count(1)
    await data.count(1)
    links = watch_link(desk)
    for _ in range(2):
        before = links[-1].reconnects
        for client in stranger.client_list(_type="pubsub"):
            stranger.client_kill_filter(_id=client["id"])
        await links.until(lambda seen, before=before: seen[-1].reconnects > before)
    assert len(bars) == len(data) == 1


async def test_a_fault_of_the_listener_itself_costs_a_reconnect_not_the_link(
    connect: Connect, redis_url: str
) -> None:
    """Whatever goes wrong, the link comes back."""
    desk = await connect(redis_url, Party.FRONTEND)
    links = watch_link(desk)

    class Broken(ReplyTopic):
        asked = 0

        def ask(self) -> Sequence[Words]:
            self.asked += 1
            if self.asked == 1:
                raise ZeroDivisionError
            return super().ask()

    broken = Broken("x", desk._reply_codec, desk._dead_letters.put)
    await desk._subscriber.add(broken)
    await links.until(lambda seen: seen[-1].reconnects == 1)
    assert broken.asked == 2
    assert links[-1].connected
