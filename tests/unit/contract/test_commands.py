"""Commands on a real server: delivered at least once, in order, always answered, never stuck."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec
import pytest
import redis
from tests.servers import ServerProcess
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import PATIENCE_S, Seen

from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Bus, TryAgainError
from qt_trade.contract.codec import Codec
from qt_trade.contract.consumer import DEATHS_MAX, Rejection
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import (
    DisconnectedError,
    ForeignWriteError,
    InvalidMessageError,
    NoReplyError,
    RefusedError,
)
from qt_trade.contract.payloads.commands import DeadLetter, EmergencyAction, ManualOrder, Reply
from qt_trade.contract.replies import ReplyTopic

pytestmark = pytest.mark.asyncio

STREAM = "frontend:emergency_actions"
Handle = Callable[[EmergencyAction], Awaitable[Reply]]


def rejected(rejection: Rejection) -> Reply:
    return make.reply(rejection.command_id, rejection.reason, accepted=False)


class Engine:
    """Remembers what it carried out; ``first`` may do something else with a command before."""

    def __init__(self, first: Callable[[str], Awaitable[None]] | None = None) -> None:
        self.done: Seen[str] = Seen()
        self._first = first

    async def handle(self, command: EmergencyAction) -> Reply:
        if self._first is not None:
            await self._first(command.command_id)
        self.done(command.command_id)
        return make.reply(command.command_id, "done")

    async def serve(self, connect: Connect, url: str) -> Bus:
        bus = await connect(url, Party.ENGINE)
        bus.serve(registry.EMERGENCY_ACTIONS, self.handle, rejected)
        return bus


async def send(bus: Bus, command_id: str, timeout_s: float = PATIENCE_S) -> Reply:
    return await bus.send(registry.EMERGENCY_ACTIONS, make.stop(command_id), timeout_s)


async def letters_on(bus: Bus) -> Seen[DeadLetter]:
    seen: Seen[DeadLetter] = Seen()

    def take(batch: Batch[DeadLetter]) -> None:
        for entry in batch.entries:
            seen(entry.value)

    await bus.follow(registry.DEAD_LETTERS, take, last=100)
    return seen


async def test_a_command_is_carried_out_and_answered(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Its reply is kept for those who come late; the stream is empty again."""
    engine = Engine()
    await engine.serve(connect, redis_url)
    desk = await connect(redis_url, Party.FRONTEND)
    assert await send(desk, "c1") == make.reply("c1", "done")
    assert await send(desk, "c2") == make.reply("c2", "done")
    assert engine.done == ["c1", "c2"]
    assert stranger.xlen(STREAM) == 0
    assert msgspec.json.decode(stranger.get("reply:c1"), type=Reply) == make.reply("c1", "done")
    assert 0 < stranger.ttl("reply:c1") <= 3600


async def test_who_asks_twice_with_one_id_is_answered_twice(
    connect: Connect, redis_url: str
) -> None:
    """At the same time, too; what happens once is the handler's affair, by the id."""
    engine = Engine()
    await engine.serve(connect, redis_url)
    desk = await connect(redis_url, Party.FRONTEND)
    replies = await asyncio.gather(send(desk, "c1"), send(desk, "c1"), send(desk, "c1"))
    assert replies == [make.reply("c1", "done")] * 3


async def test_a_command_waits_for_an_engine(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Without one there is no reply in time and the effect unknown; it comes later, in order."""
    desk = await connect(redis_url, Party.FRONTEND)
    for command_id in ("c1", "c2"):
        with pytest.raises(NoReplyError, match=command_id):
            await send(desk, command_id, timeout_s=0.2)
    assert stranger.xlen(STREAM) == 2
    engine = Engine()
    await engine.serve(connect, redis_url)
    assert await send(desk, "c2") == make.reply("c2", "done")
    await engine.done.count(3)
    assert engine.done == ["c1", "c2", "c2"]


async def test_nothing_is_sent_while_the_server_is_away(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """A stop that is not obeyed now must fail now, not arrive in an hour."""
    desk = await connect(private_valkey.url, Party.FRONTEND)
    links: Seen[bool] = Seen()
    desk.on_link(lambda link: links(link.connected))
    private_valkey.kill()
    await links.until(lambda states: not states[-1])
    with pytest.raises(DisconnectedError, match="not sent"):
        await send(desk, "c1")
    private_valkey.start()
    await links.until(lambda states: states[-1])
    with redis.Redis.from_url(private_valkey.url) as stranger:
        assert stranger.xlen(STREAM) == 0
    engine = Engine()
    await engine.serve(connect, private_valkey.url)
    assert (await send(desk, "c2")).accepted
    assert engine.done == ["c2"]


async def test_only_the_named_parties_send(connect: Connect, redis_url: str) -> None:
    """The streamer gives no orders; and a command that does not fit does not leave."""
    streamer = await connect(redis_url, Party.STREAMER)
    with pytest.raises(ForeignWriteError):
        await send(streamer, "c1")
    desk = await connect(redis_url, Party.FRONTEND)
    with pytest.raises(InvalidMessageError, match="command_id"):
        await send(desk, "no id")


async def test_a_strangers_bad_command_is_rejected_with_the_path(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """The misspelt field is in the reply and in the dead letters; the next command is heard."""
    engine = Engine()
    bus = await engine.serve(connect, redis_url)
    letters = await letters_on(bus)
    bad = msgspec.json.encode(make.stop("c1")).replace(b"STOP_ALL_TRADING", b"STOP_IT")
    stranger.xadd(STREAM, {"d": bad})
    await letters.count(1)
    desk = await connect(redis_url, Party.FRONTEND)
    await send(desk, "c2")
    reply = msgspec.json.decode(stranger.get("reply:c1"), type=Reply)
    assert not reply.accepted
    assert reply.reason.startswith("$.action: Invalid enum value 'STOP_IT'")
    assert letters[0].path == "$.action"
    assert "STOP_IT" in letters[0].raw
    assert engine.done == ["c2"]


@pytest.mark.parametrize(
    "fields",
    [
        {"x": "y"},
        {"d": b"\xff", "r": b"\xff"},
        {"d": "[1]"},
        {"d": '{"command_id": 7}'},
        {"d": '{"command_id": ""}'},
        {"d": '{"command_id": "' + "x" * 81 + '"}'},
        {"d": "[" * 100_000},
    ],
    ids=["no body", "no text", "no object", "a number", "empty", "too long", "too deep"],
)
async def test_what_names_no_command_is_buried_unanswered(
    connect: Connect, redis_url: str, stranger: redis.Redis, fields: dict[str, bytes]
) -> None:
    """Nobody can be told; the queue goes on."""
    engine = Engine()
    bus = await engine.serve(connect, redis_url)
    letters = await letters_on(bus)
    stranger.xadd(STREAM, fields)
    await letters.count(1)
    desk = await connect(redis_url, Party.FRONTEND)
    assert (await send(desk, "c2")).accepted
    assert letters[0].key == STREAM
    assert list(stranger.scan_iter("reply:*")) == [b"reply:c2"]


async def test_a_poison_command_stops_nothing(connect: Connect, redis_url: str) -> None:
    """A handler that breaks is answered with a rejection, once, and the next command is heard."""

    async def break_at_c1(command_id: str) -> None:
        if command_id == "c1":
            raise FileNotFoundError("no such table")

    engine = Engine(break_at_c1)
    bus = await engine.serve(connect, redis_url)
    letters = await letters_on(bus)
    desk = await connect(redis_url, Party.FRONTEND)
    reply = await send(desk, "c1")
    assert not reply.accepted
    assert "the handler failed" in reply.reason
    await letters.count(1)
    assert letters[0].reason == "handler failed: no such table"
    assert (await send(desk, "c2")).accepted
    assert engine.done == ["c2"]


async def test_a_reply_that_does_not_fit_is_a_rejection(connect: Connect, redis_url: str) -> None:
    """The sender is answered all the same."""

    async def handle(command: EmergencyAction) -> Reply:
        return make.reply(command.command_id, "x" * 2001)

    bus = await connect(redis_url, Party.ENGINE)
    bus.serve(registry.EMERGENCY_ACTIONS, handle, rejected)
    desk = await connect(redis_url, Party.FRONTEND)
    reply = await send(desk, "c1")
    assert not reply.accepted


async def test_a_broken_rejection_stops_nothing(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Then nobody is answered, and the next command is heard."""

    def broken(rejection: Rejection) -> Reply:
        raise ZeroDivisionError

    engine = Engine()
    bus = await connect(redis_url, Party.ENGINE)
    bus.serve(registry.EMERGENCY_ACTIONS, engine.handle, broken)
    stranger.xadd(STREAM, {"d": '{"command_id": "c1"}'})
    desk = await connect(redis_url, Party.FRONTEND)
    assert (await send(desk, "c2")).accepted
    assert not stranger.exists("reply:c1")


@pytest.mark.parametrize("error", [TryAgainError("no database"), DisconnectedError("no bus")])
async def test_what_cannot_be_done_now_is_delivered_again_in_order(
    connect: Connect, redis_url: str, error: Exception
) -> None:
    """A batch stops at the command that must wait; what was answered before is not done again."""
    tries: list[str] = []

    async def twice_in_vain(command_id: str) -> None:
        tries.append(command_id)
        if command_id == "c2" and tries.count("c2") < 3:
            raise error

    desk = await connect(redis_url, Party.FRONTEND)
    sent = [asyncio.create_task(send(desk, f"c{number}")) for number in (1, 2, 3)]
    engine = Engine(twice_in_vain)
    await asyncio.sleep(0)
    await engine.serve(connect, redis_url)
    replies = await asyncio.gather(*sent)
    assert [reply.reason for reply in replies] == ["done"] * 3
    assert tries.count("c1") == tries.count("c3") == 1
    assert tries.count("c2") == 3
    assert engine.done.index("c2") == engine.done.index("c3") - 1 or engine.done[-1] == "c2"


async def test_a_backlog_of_many_is_carried_out_in_order(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """More than one batch, half of it left by a reader that died with it in its hands."""
    lines = stranger.pipeline()
    for number in range(300):
        lines.xadd(STREAM, {"d": msgspec.json.encode(make.stop(f"c{number}"))})
    lines.xgroup_create(STREAM, "engine", id="0")
    lines.xreadgroup("engine", "leader", {STREAM: ">"}, count=150)
    lines.execute()
    engine = Engine()
    await engine.serve(connect, redis_url)
    await engine.done.count(300)
    assert engine.done == [f"c{number}" for number in range(300)]


async def test_an_engine_that_dies_before_its_answer_has_an_heir(
    connect: Connect, redis_url: str
) -> None:
    """Carried out, not acknowledged: the next engine gets the same command again."""
    reached = asyncio.Event()

    async def die(_command_id: str) -> None:
        reached.set()
        await asyncio.Event().wait()

    first = Engine(die)
    bus = await first.serve(connect, redis_url)
    desk = await connect(redis_url, Party.FRONTEND)
    sent = asyncio.create_task(send(desk, "c1"))
    await reached.wait()
    await bus.close()
    second = Engine()
    await second.serve(connect, redis_url)
    assert await sent == make.reply("c1", "done")
    assert second.done == ["c1"]


async def test_a_command_that_kills_every_reader_is_put_aside(
    connect: Connect, redis_url: str
) -> None:
    """After so many dead readers the next one refuses it, says so, and goes on with the rest."""
    desk = await connect(redis_url, Party.FRONTEND)
    sent = asyncio.create_task(send(desk, "poison"))
    for _ in range(DEATHS_MAX + 1):
        reached = asyncio.Event()

        async def die(_command_id: str, reached: asyncio.Event = reached) -> None:
            reached.set()
            await asyncio.Event().wait()

        bus = await Engine(die).serve(connect, redis_url)
        await reached.wait()
        await bus.close()
    heir = Engine()
    bus = await heir.serve(connect, redis_url)
    reply = await sent
    assert not reply.accepted
    assert f"{DEATHS_MAX + 1} readers" in reply.reason
    assert await send(desk, "c1") == make.reply("c1", "done")
    assert heir.done == ["c1"]
    assert bus.rejected == 1


async def test_a_command_postponed_again_and_again_is_not_taken_for_poison(
    connect: Connect, redis_url: str
) -> None:
    """Its reader lives and only waits for a database."""
    tries: list[str] = []

    async def wait_for_it(command_id: str) -> None:
        tries.append(command_id)
        if len(tries) <= 2 * DEATHS_MAX:
            raise TryAgainError("the database is away")

    engine = Engine(wait_for_it)
    await engine.serve(connect, redis_url)
    desk = await connect(redis_url, Party.FRONTEND)
    assert await send(desk, "c1") == make.reply("c1", "done")
    assert engine.done == ["c1"]


async def test_a_server_that_dies_under_a_command_is_answered_when_it_is_back(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Done once: delivered again it is only answered again; the sender still gets the reply."""

    async def kill_and_start(command_id: str) -> None:
        if command_id == "c1":
            await asyncio.to_thread(private_valkey.kill)
            await asyncio.to_thread(private_valkey.start)

    engine = Engine(kill_and_start)
    await engine.serve(connect, private_valkey.url)
    desk = await connect(private_valkey.url, Party.FRONTEND)
    assert await send(desk, "c1") == make.reply("c1", "done")
    assert await send(desk, "c2") == make.reply("c2", "done")
    assert engine.done == ["c1", "c2"]


async def test_an_answer_that_did_not_arrive_is_given_again(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """The server dies before the answer: delivered again, the command is not done again."""

    async def kill(command_id: str) -> None:
        if command_id == "c1":
            await asyncio.to_thread(private_valkey.kill)

    engine = Engine(kill)
    bus = await engine.serve(connect, private_valkey.url)
    links: Seen[bool] = Seen()
    bus.on_link(lambda link: links(link.connected))
    desk = await connect(private_valkey.url, Party.FRONTEND)
    sent = asyncio.create_task(send(desk, "c1"))
    await engine.done.count(1)
    await links.until(lambda states: not states[-1])
    await asyncio.to_thread(private_valkey.start)
    assert await sent == make.reply("c1", "done")
    assert engine.done == ["c1"]


async def test_a_reader_that_fails_itself_goes_on(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Even a fault of our own must not leave the commands unread."""
    bus = await connect(redis_url, Party.ENGINE)
    codec = Codec(registry.EMERGENCY_ACTIONS)
    decode, calls = codec.decode, []

    def decode_at_the_second(data: bytes) -> EmergencyAction:
        calls.append(data)
        if len(calls) == 1:
            raise ZeroDivisionError
        return decode(data)

    codec.decode = decode_at_the_second  # type: ignore[method-assign]
    bus._codecs[STREAM] = codec
    engine = Engine()
    bus.serve(registry.EMERGENCY_ACTIONS, engine.handle, rejected)
    stranger.xadd(STREAM, {"d": msgspec.json.encode(make.stop("c1"))})
    await engine.done.count(1)
    assert engine.done == ["c1"]


async def test_a_reply_that_nobody_heard_is_found_kept(connect: Connect, redis_url: str) -> None:
    """The sender's line is cut while the engine answers; it reads the reply when it is back."""

    async def cut(_command_id: str) -> None:
        with redis.Redis.from_url(redis_url) as stranger:
            for client in stranger.client_list(_type="pubsub"):
                if client["name"] == "qtrade-frontend":
                    stranger.client_kill_filter(_id=client["id"])

    engine = Engine(cut)
    await engine.serve(connect, redis_url)
    desk = await connect(redis_url, Party.FRONTEND)
    assert await send(desk, "c1") == make.reply("c1", "done")
    await asyncio.gather(*(send(desk, f"d{number}") for number in range(5)))


async def test_nonsense_on_the_reply_channel_answers_nobody(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """It is refused; the true reply comes behind it."""

    async def noise(_command_id: str) -> None:
        (channel,) = stranger.pubsub_channels("replies:*")
        stranger.publish(channel, "{}")
        stranger.publish(channel, msgspec.json.encode(make.reply("of-another")))
        stranger.publish(channel, msgspec.json.encode(make.reply("c1", "done")))

    engine = Engine(noise)
    await engine.serve(connect, redis_url)
    desk = await connect(redis_url, Party.FRONTEND)
    assert await send(desk, "c1") == make.reply("c1", "done")
    assert desk.rejected == 1


async def test_a_strangers_value_at_the_key_is_reported_once_and_survived(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """The older system's frontends SET such keys: one clear letter; when it is gone all works."""
    stranger.config_resetstat()
    stranger.set(STREAM, '{"action": "STOP"}')
    engine = Engine()
    bus = await engine.serve(connect, redis_url)
    letters = await letters_on(bus)
    desk = await connect(redis_url, Party.FRONTEND)
    with pytest.raises(RefusedError, match="WRONGTYPE"):
        await send(desk, "c1")
    await letters.count(1)
    while stranger.info("commandstats")["cmdstat_xgroup|create"]["calls"] < 3:  # noqa: ASYNC110  # only the server counts it
        await asyncio.sleep(0)
    assert (letters[0].key, letters[0].path) == (STREAM, "$")
    assert "WRONGTYPE" in letters[0].reason
    stranger.delete(STREAM)
    assert await send(desk, "c2") == make.reply("c2", "done")
    assert len(letters) == 1
    stranger.delete(STREAM)
    stranger.set(STREAM, "again")
    await letters.count(2)
    stranger.delete(STREAM)
    assert await send(desk, "c3") == make.reply("c3", "done")


async def test_a_reader_whose_connection_is_cut_goes_on(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """In the middle of its wait; nothing is lost."""
    engine = Engine()
    await engine.serve(connect, redis_url)
    desk = await connect(redis_url, Party.FRONTEND)
    await send(desk, "c1")
    for client in stranger.client_list():
        if client["name"] == f"qtrade-engine-{STREAM}":
            stranger.client_kill_filter(_id=client["id"])
    assert await send(desk, "c2") == make.reply("c2", "done")
    assert engine.done == ["c1", "c2"]


async def test_a_command_is_stored_even_if_the_first_try_falls_into_a_restart(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """The link still seems whole when the server dies under the sender: it tries again in time."""
    engine = Engine()
    await engine.serve(connect, private_valkey.url)
    desk = await connect(private_valkey.url, Party.FRONTEND)
    await send(desk, "c1")
    private_valkey.kill()  # nobody has read the end of the connection yet
    assert desk.link.connected
    sent = asyncio.create_task(send(desk, "c2"))
    await asyncio.sleep(0)
    await asyncio.to_thread(private_valkey.start)
    assert await sent == make.reply("c2", "done")
    assert set(engine.done) == {"c1", "c2"}


async def test_a_reply_that_comes_twice_answers_once() -> None:
    """Pushed and found kept: the second changes nothing."""
    codec = Codec(replace(registry.EMERGENCY_ACTIONS, payload=Reply))
    topic = ReplyTopic("bus", codec, lambda _invalid, _raw: None)
    future = topic.expect("c1")
    topic.push(codec.encode(make.reply("c1", "first")))
    topic.push(codec.encode(make.reply("c1", "second")))
    assert (await future).reason == "first"
    topic.forget("c1", future)


async def test_an_emergency_overtakes_ten_thousand_orders(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Its reply is there while most of those that were sent before it wait."""
    codec = Codec(registry.MANUAL_ORDERS)
    flood = stranger.pipeline(transaction=False)
    for number in range(10_000):
        flood.xadd("frontend:manual_orders", {"d": codec.encode(make.order(f"o-{number}"))})
    flood.execute()
    carried_out: list[str] = []
    all_done = asyncio.Event()

    async def on_order(command: ManualOrder) -> Reply:
        carried_out.append(command.command_id)
        if len(carried_out) == 10_000:
            all_done.set()
        return make.reply(command.command_id)

    engine = await connect(redis_url, Party.ENGINE)
    desk = await connect(redis_url, Party.FRONTEND)
    engine.serve(registry.MANUAL_ORDERS, on_order, rejected)
    engine.serve(registry.EMERGENCY_ACTIONS, Engine().handle, rejected)
    reply = await send(desk, "stop-1")
    overtaken = 10_000 - len(carried_out)
    assert reply.accepted
    assert overtaken > 9_000
    async with asyncio.timeout(60.0):
        await all_done.wait()
    assert carried_out == [f"o-{number}" for number in range(10_000)]
