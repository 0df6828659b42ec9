"""Logs on a real server: in order, resumed where one was, gaps told."""

import asyncio

import pytest
import redis
from tests.servers import ServerProcess
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ForeignWriteError, RefusedError
from qt_trade.contract.payloads.market import Bar

pytestmark = pytest.mark.asyncio
Batches = Seen[Batch[Bar]]


def volumes(batch: Batch[Bar]) -> list[int]:
    return [entry.value.volume for entry in batch.entries]


def known(batches: list[Batch[Bar]]) -> list[int]:
    """Return what a reader holds who does as the batches say."""
    held: list[int] = []
    for batch in batches:
        held = volumes(batch) if batch.fresh else held + volumes(batch)
    return held


async def append(bus: Bus, *numbers: int) -> None:
    for number in numbers:
        await bus.append(registry.BARS, make.bar(number), "AAPL")


async def test_first_the_last_entries_then_each_new_one(connect: Connect, redis_url: str) -> None:
    """A follower begins with the tail."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    await append(streamer, 1, 2, 3)
    batches: Batches = Seen()
    await desk.follow(registry.BARS, batches, "AAPL", last=2)
    await batches.count(1)
    await append(streamer, 4, 5)
    await batches.count(3)
    assert [volumes(batch) for batch in batches] == [[2, 3], [4], [5]]
    assert [batch.fresh for batch in batches] == [True, False, False]
    assert not any(batch.gap for batch in batches)
    entries = await desk.entries(registry.BARS, "AAPL", last=2)
    assert [entry.value.volume for entry in entries] == [4, 5]
    assert entries[-1].entry_id == batches[-1].entries[0].entry_id
    assert await desk.length(registry.BARS, "AAPL") == 5


async def test_followers_that_come_amid_many_appends_have_all_in_order(
    connect: Connect, redis_url: str
) -> None:
    """What is pushed between subscribing and reading is neither lost nor doubled."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    followers: list[Batches] = []

    async def follow() -> None:
        for _ in range(20):
            followers.append(Seen())
            await desk.follow(registry.BARS, followers[-1], "AAPL", last=2000)
            await followers[-1].count(1)

    await asyncio.gather(append(streamer, *range(200)), follow())
    for batches in followers:
        await batches.until(lambda found: known(found)[-1:] == [199])
        assert known(batches) == list(range(200))
        assert [batch.fresh for batch in batches] == [True] + [False] * (len(batches) - 1)


async def test_a_log_keeps_its_cap(connect: Connect, redis_url: str) -> None:
    """Exactly: the older ones are gone."""
    engine = await connect(redis_url, Party.ENGINE)
    letter = [engine.append(registry.DEAD_LETTERS, _letter(number)) for number in range(1005)]
    await asyncio.gather(*letter)
    assert await engine.length(registry.DEAD_LETTERS) == registry.DEAD_LETTERS.cap == 1000


def _letter(number: int) -> object:
    return registry.DEAD_LETTERS.payload(
        ts=make.AT, source="test", key="k", path="$", reason=str(number), raw=""
    )


async def test_after_a_disconnect_it_goes_on_where_it_was(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """A server that comes back with its data: what was appended meanwhile follows, no gap."""
    streamer = await connect(private_valkey.url, Party.STREAMER)
    desk = await connect(private_valkey.url, Party.FRONTEND)
    batches: Batches = Seen()
    links: Seen[bool] = Seen()
    await desk.follow(registry.BARS, batches, "AAPL", last=10)
    await append(streamer, 1, 2)
    await batches.until(lambda found: known(found) == [1, 2])
    desk.on_link(lambda link: links(link.connected))
    await asyncio.to_thread(private_valkey.kill)
    await links.until(lambda states: not states[-1])
    await asyncio.to_thread(private_valkey.start)
    await appended_again(streamer, 3)
    await batches.until(lambda found: known(found)[-1] == 3)
    assert known(batches) == [1, 2, 3]
    assert [batch.fresh for batch in batches].count(True) == 1
    assert not any(batch.gap for batch in batches)


async def appended_again(streamer: Bus, number: int) -> None:
    back = asyncio.Event()
    streamer.on_link(lambda link: back.set() if link.connected and link.reconnects else None)
    await back.wait()
    await append(streamer, number)


async def test_a_gap_is_told_and_the_tail_delivered_fresh(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Trimmed past the last entry seen: nobody knows what was missed, so all begins anew."""
    streamer = await connect(private_valkey.url, Party.STREAMER)
    desk = await connect(private_valkey.url, Party.FRONTEND)
    batches: Batches = Seen()
    await desk.follow(registry.BARS, batches, "AAPL", last=2)
    await append(streamer, 1, 2)
    await batches.until(lambda found: known(found) == [1, 2])
    with redis.Redis.from_url(private_valkey.url) as stranger:
        # As one step: cut the desk off, let it miss three, keep the last two.
        lines = stranger.pipeline()
        desk_id = _id_of(stranger, "qtrade-frontend")
        lines.client_kill_filter(_id=desk_id)
        codec = registry.BARS
        for number in (3, 4, 5):
            lines.xadd(codec.key("AAPL"), {"d": _json(number)})
        lines.xtrim(codec.key("AAPL"), maxlen=2, approximate=False)
        lines.execute()
    await batches.until(lambda found: found[-1].gap)
    assert batches[-1].fresh
    assert known(batches) == [4, 5]


def _id_of(stranger: redis.Redis, name: str) -> str:
    (found,) = [one["id"] for one in stranger.client_list(_type="pubsub") if one["name"] == name]
    return str(found)


def _json(number: int) -> bytes:
    import msgspec  # noqa: PLC0415

    return msgspec.json.encode(make.bar(number))


async def test_a_server_that_comes_back_empty_is_a_gap_once(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """The follower is told to forget; what is appended later begins a new log."""
    with redis.Redis.from_url(private_valkey.url) as stranger:
        stranger.config_set("appendonly", "no")
        streamer = await connect(private_valkey.url, Party.STREAMER)
        desk = await connect(private_valkey.url, Party.FRONTEND)
        batches: Batches = Seen()
        await desk.follow(registry.BARS, batches, "AAPL", last=10)
        await append(streamer, 1, 2)
        await batches.until(lambda found: known(found) == [1, 2])
        # Emptied and cut off as one step: the desk comes back to a log that is gone.
        lines = stranger.pipeline()
        lines.client_kill_filter(_id=_id_of(stranger, "qtrade-frontend"))
        lines.flushall()
        lines.execute()
    await batches.until(lambda found: found[-1].gap)
    assert batches[-1].fresh
    assert batches[-1].entries == ()
    await append(streamer, 3)
    await batches.until(lambda found: known(found) == [3])
    assert [batch.gap for batch in batches].count(True) == 1


async def test_a_log_begun_anew_is_delivered_anew(connect: Connect, redis_url: str) -> None:
    """History that is loaded later replaces what the followers hold; no gap, nothing was lost."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    batches: Batches = Seen()
    await desk.follow(registry.BARS, batches, "AAPL", last=10)
    await append(streamer, 7)
    await batches.until(lambda found: known(found) == [7])
    await streamer.replace(registry.BARS, [make.bar(number) for number in (1, 2)], "AAPL")
    await batches.until(lambda found: known(found) == [1, 2])
    await append(streamer, 3)
    await batches.until(lambda found: known(found) == [1, 2, 3])
    await streamer.replace(registry.BARS, [], "AAPL")
    await batches.until(lambda found: known(found) == [])
    assert not any(batch.gap for batch in batches)


async def test_an_entry_that_does_not_fit_is_left_out(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """A stranger's entries and pushes are refused, and the reading goes on behind them."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    stranger.xadd("bars:AAPL", {"d": "{"})
    stranger.xadd("bars:AAPL", {"x": "y"})
    await append(streamer, 1)
    batches: Batches = Seen()
    await desk.follow(registry.BARS, batches, "AAPL", last=10)
    await batches.count(1)
    stranger.publish("bars:AAPL", "hello")
    stranger.publish("bars:AAPL", "1-x {}")
    stranger.publish("bars:AAPL", "1-1 {}")  # older than what is known: not even looked at
    await append(streamer, 2)
    await batches.until(lambda found: known(found) == [1, 2])
    assert desk.rejected == 4


async def test_a_strangers_value_at_the_key_of_a_log_stops_only_that_log(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Readers keep their link and are told; the writer's next entry takes its place."""
    stranger.set("bars:AAPL", "mine")
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    batches: Batches = Seen()
    letters: Seen[Batch[object]] = Seen()
    await desk.follow(registry.BARS, batches, "AAPL", last=10)
    await desk.follow(registry.DEAD_LETTERS, letters, last=10)
    await letters.until(lambda found: any(batch.entries for batch in found))
    assert letters[-1].entries[-1].value.key == "bars:AAPL"
    assert "WRONGTYPE" in letters[-1].entries[-1].value.reason
    with pytest.raises(RefusedError, match="WRONGTYPE"):
        await desk.length(registry.BARS, "AAPL")
    await append(streamer, 2)
    await batches.until(lambda found: known(found) == [2])
    assert desk.link.reconnects == 0


async def test_a_log_belongs_to_its_writers(connect: Connect, redis_url: str) -> None:
    """Nobody else appends or begins it anew."""
    desk = await connect(redis_url, Party.FRONTEND)
    with pytest.raises(ForeignWriteError):
        await append(desk, 1)
    with pytest.raises(ForeignWriteError):
        await desk.replace(registry.BARS, [], "AAPL")


async def test_a_reader_resumes_behind_the_entry_he_knows(connect: Connect, redis_url: str) -> None:
    """Also in another life: what came meanwhile, then each new one, and nothing twice."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    await append(streamer, 1, 2, 3, 4)
    entries = await desk.entries(registry.BARS, "AAPL", last=3)
    batches: Batches = Seen()
    await desk.follow(registry.BARS, batches, "AAPL", last=1, after=entries[0].entry_id)
    await batches.count(1)
    await append(streamer, 5)
    await batches.count(2)
    assert [volumes(batch) for batch in batches] == [[3, 4], [5]]
    assert not any(batch.fresh or batch.gap for batch in batches)


async def test_a_reader_who_knows_all_is_told_nothing_until_there_is_more(
    connect: Connect, redis_url: str
) -> None:
    """Not even an empty batch."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    await append(streamer, 1)
    (entry,) = await desk.entries(registry.BARS, "AAPL", last=1)
    batches: Batches = Seen()
    await desk.follow(registry.BARS, batches, "AAPL", last=1, after=entry.entry_id)
    await append(streamer, 2)
    await batches.count(1)
    assert [volumes(batch) for batch in batches] == [[2]]


@pytest.mark.parametrize("after", ["1-0", "99999999999999-0"], ids=["trimmed", "never"])
async def test_behind_an_entry_that_is_not_known_any_more_the_tail_comes_and_the_gap_is_told(
    connect: Connect, redis_url: str, after: str
) -> None:
    """Trimmed away, or of a log that is gone: nobody knows what was missed."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    await append(streamer, 1, 2, 3)
    batches: Batches = Seen()
    await desk.follow(registry.BARS, batches, "AAPL", last=2, after=after)
    await batches.count(1)
    assert volumes(batches[0]) == [2, 3]
    assert (batches[0].fresh, batches[0].gap) == (True, True)


async def test_what_is_no_id_is_refused(connect: Connect, redis_url: str) -> None:
    """With an example of what would be right."""
    desk = await connect(redis_url, Party.FRONTEND)
    for nonsense in ("x", "1", "1-", "1-0 "):
        with pytest.raises(ValueError, match="is no id of an entry, such as"):
            await desk.follow(registry.BARS, Seen(), "AAPL", last=1, after=nonsense)
