"""The shared line, against a server that says what a test wants: answers keep their order."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
import redis
from tests.servers import ServerProcess
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.caller import Caller
from qt_trade.contract.client import make_client
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import DisconnectedError, RefusedError
from qt_trade.contract.line import Line, open_line, packed
from qt_trade.contract.scripts import Script
from qt_trade.kit.clock import SystemClock

pytestmark = pytest.mark.asyncio
PATIENCE_S = 20.0
HELLO = b"%3\r\n+server\r\n+valkey\r\n+version\r\n+9.1\r\n+proto\r\n:3\r\n"
COUNT = Script("return redis.call('INCR', KEYS[1])")


class Scripted:
    """A server that greets as Redis does and then answers when and what it is told to."""

    def __init__(self) -> None:
        self.heard = asyncio.Queue[bytes]()
        self.url = ""
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self.connections = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    async def close(self) -> None:
        assert self._server is not None
        for writer in self._writers:
            writer.close()
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        while data := await reader.read(65_536):
            for command in data.split(b"*")[1:]:
                if b"HELLO" in command:
                    writer.write(HELLO)
                elif b"CLIENT" in command:
                    writer.write(b"+OK\r\n")
                else:
                    self.heard.put_nowait(command.split(b"\r\n")[2])

    async def hear(self, *commands: bytes) -> None:
        """Wait for commands; fail when others come."""
        async with asyncio.timeout(PATIENCE_S):
            for command in commands:
                assert await self.heard.get() == command

    def say(self, data: bytes) -> None:
        """Send bytes on the newest connection."""
        self._writers[-1].write(data)

    def cut(self) -> None:
        self._writers[-1].transport.abort()


@pytest_asyncio.fixture
async def scripted() -> AsyncIterator[Scripted]:
    server = Scripted()
    await server.open()
    yield server
    await server.close()


@pytest_asyncio.fixture
async def caller(scripted: Scripted) -> AsyncIterator[Caller]:
    client = make_client(scripted.url, "test")
    caller = Caller(client, answer_s=0.3)
    yield caller
    caller.close()
    await client.aclose()


def ask(caller: Caller, *words: bytes) -> "asyncio.Task[object]":
    return asyncio.create_task(caller.call(*words))


async def test_who_stops_waiting_shifts_nobodys_answer(scripted: Scripted, caller: Caller) -> None:
    """The answer to a cancelled command comes all the same, and belongs to it."""
    one, other = ask(caller, b"ONE"), ask(caller, b"OTHER")
    await scripted.hear(b"ONE", b"OTHER")
    one.cancel()
    with pytest.raises(asyncio.CancelledError):
        await one
    scripted.say(b"+for one\r\n+for other\r\n")
    assert await other == b"for other"
    assert scripted.connections == 1


async def test_an_answer_in_pieces_is_one_answer(scripted: Scripted, caller: Caller) -> None:
    """And two in one piece are two."""
    one, other = ask(caller, b"ONE"), ask(caller, b"OTHER")
    await scripted.hear(b"ONE", b"OTHER")
    for piece in (b"$6\r", b"\nfor ", b"me\r", b"\n$3\r\nyou\r\n"):
        scripted.say(piece)
        await asyncio.sleep(0)
    assert (await one, await other) == (b"for me", b"you")


async def test_a_late_answer_ends_the_line_for_all_on_it(
    scripted: Scripted, caller: Caller
) -> None:
    """Nobody knows whose answer would come next; the next command begins on a new line."""
    one, other = ask(caller, b"ONE"), ask(caller, b"OTHER")
    await scripted.hear(b"ONE", b"OTHER")
    for waiting in (one, other):
        with pytest.raises(DisconnectedError, match=r"no answer within 0\.3 s"):
            await waiting
    scripted.say(b"+too late\r\n")
    third = ask(caller, b"THIRD")
    await scripted.hear(b"THIRD")
    assert scripted.connections == 2
    scripted.say(b"+for third\r\n")
    assert await third == b"for third"
    assert scripted.heard.empty()


async def test_an_early_answer_does_not_excuse_a_later_one(
    scripted: Scripted, caller: Caller
) -> None:
    """One timer serves all: silence after it counts anew, and ends the line."""
    one, other = ask(caller, b"ONE"), ask(caller, b"OTHER")
    await scripted.hear(b"ONE", b"OTHER")
    scripted.say(b"+for one\r\n")
    assert await one == b"for one"
    with pytest.raises(DisconnectedError):
        await other


async def test_a_large_answer_over_a_slow_network_may_take_longer(scripted: Scripted) -> None:
    """As long as something of it comes, the server lives."""
    client = make_client(scripted.url, "test")
    caller = Caller(client, answer_s=1.5)
    work = ask(caller, b"ONE")
    await scripted.hear(b"ONE")
    scripted.say(b"$9\r\n")
    for _ in range(3):
        await asyncio.sleep(0.6)  # the network's, not the test's: together beyond the limit
        scripted.say(b"abc")
    scripted.say(b"\r\n")
    assert await work == b"abcabcabc"
    caller.close()
    await client.aclose()


@pytest.mark.parametrize("commands", [[b"ONE"], [b"ONE", b"TWO"]], ids=["one", "many"])
async def test_a_command_under_way_is_never_sent_again(
    scripted: Scripted, caller: Caller, commands: list[bytes]
) -> None:
    """Whoever asked learns that its effect is unknown, and decides himself."""
    several = caller.call_all([(command,) for command in commands])
    single = caller.call(commands[0])
    work = asyncio.create_task(several if len(commands) > 1 else single)
    (single if len(commands) > 1 else several).close()
    await scripted.hear(*commands)
    scripted.cut()
    with pytest.raises(DisconnectedError):
        await work
    again = ask(caller, b"PING")
    await scripted.hear(b"PING")
    scripted.say(b"+PONG\r\n")
    await again
    assert scripted.heard.empty()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (b"-WRONGTYPE no\r\n", RefusedError, "WRONGTYPE no"),
        (b"-NOPERM no\r\n", RefusedError, "no"),
        (b"-READONLY replica\r\n", DisconnectedError, "replica"),
        (b"-LOADING wait\r\n", DisconnectedError, "wait"),
        (b"nonsense\r\n", DisconnectedError, "Protocol error"),
    ],
)
async def test_every_answer_becomes_the_contracts_word(
    scripted: Scripted,
    caller: Caller,
    answer: bytes,
    error: type[Exception],
    words: str,
) -> None:
    """A no is a refusal; a follower, a loading server and nonsense are away."""
    work = ask(caller, b"ONE")
    await scripted.hear(b"ONE")
    scripted.say(answer)
    with pytest.raises(error, match=words):
        await work


async def test_what_follows_a_nonsense_is_not_believed(scripted: Scripted, caller: Caller) -> None:
    """An answer nobody asked for ends the line: the next may be another's, too."""
    work = ask(caller, b"ONE")
    await scripted.hear(b"ONE")
    scripted.say(b"+one\r\n+stray\r\n")
    assert await work == b"one"
    following = ask(caller, b"TWO")
    await scripted.hear(b"TWO")
    assert scripted.connections == 2
    scripted.say(b"+two\r\n")
    assert await following == b"two"


async def test_a_leader_that_became_a_follower_is_left(scripted: Scripted, caller: Caller) -> None:
    """The next command looks for the new one."""
    work = ask(caller, b"ONE")
    await scripted.hear(b"ONE")
    scripted.say(b"-READONLY You can't write against a read only replica.\r\n")
    with pytest.raises(DisconnectedError):
        await work
    ask(caller, b"TWO").cancel()
    again = ask(caller, b"THREE")
    await scripted.hear(b"THREE")
    assert scripted.connections == 2
    scripted.say(b"+three\r\n")
    assert await again == b"three"


async def test_one_bad_answer_among_many_is_raised_and_the_others_were_done(
    scripted: Scripted, caller: Caller
) -> None:
    """The first error of a lot is told; the line goes on."""
    work = asyncio.create_task(caller.call_all([(b"ONE",), (b"TWO",), (b"THREE",)]))
    await scripted.hear(b"ONE", b"TWO", b"THREE")
    scripted.say(b"+one\r\n-ERR two\r\n+three\r\n")
    with pytest.raises(RefusedError, match="two"):
        await work
    following = ask(caller, b"FOUR")
    await scripted.hear(b"FOUR")
    scripted.say(b"+four\r\n")
    assert await following == b"four"


async def test_pushes_and_answers_come_in_the_order_of_the_wire(scripted: Scripted) -> None:
    """A reading and the pushes around it never overtake each other."""
    story: list[object] = []
    rest = asyncio.Event()
    client = make_client(scripted.url, "test")
    line = await open_line(client, 5.0, story.append, rest.set)
    line.subscribe("SUBSCRIBE", ["a", "b"])
    line.ask([("MGET", "a"), ("GET", "b")], story.append)
    await scripted.hear(b"SUBSCRIBE", b"MGET", b"GET")
    push = b">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n%d\r\n"
    confirmed = b">3\r\n$9\r\nsubscribe\r\n$1\r\n%b\r\n:1\r\n"
    scripted.say(
        confirmed % b"a" + push % 1 + confirmed % b"b" + push % 2 + b"*1\r\n+x\r\n" + push % 3
        + b"-ERR y\r\n" + push % 4
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_S):
        await rest.wait()
    shown = [[str(part) for part in one] for one in story if isinstance(one, list)]
    assert shown == [
        ["b'message'", "b'a'", "b'1'"], ["b'message'", "b'a'", "b'2'"],
        ["b'message'", "b'a'", "b'3'"], ["[b'x']", "y"], ["b'message'", "b'a'", "b'4'"],
    ]  # fmt: skip
    line.lose(ConnectionError("done"))
    await client.aclose()


async def subscribed(scripted: Scripted, answer: bytes) -> Line:
    client = make_client(scripted.url, "test")
    line = await open_line(client, 5.0, lambda _push: None)
    line.subscribe("SUBSCRIBE", ["a"])
    later = line.call(packed(("PING",)))
    await scripted.hear(b"SUBSCRIBE", b"PING")
    scripted.say(answer)
    async with asyncio.timeout(PATIENCE_S):
        await line.lost
    with pytest.raises(DisconnectedError):
        await later
    await client.aclose()
    return line


async def test_a_forbidden_subscription_ends_the_line_with_the_servers_words(
    scripted: Scripted,
) -> None:
    """It is answered like a command, where a push is expected."""
    line = await subscribed(scripted, b"-NOPERM this user has no permissions\r\n")
    assert "no permissions" in str(line.error)


async def test_a_confirmation_out_of_turn_ends_the_line(scripted: Scripted) -> None:
    """Whoever lost count must not go on counting."""
    line = await subscribed(
        scripted, b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n" * 2
    )  # fmt: skip
    assert "out of turn" in str(line.error)


async def test_a_line_that_is_lost_takes_no_more_commands(scripted: Scripted) -> None:
    """They fail at once, and nothing is written on a closed socket."""
    client = make_client(scripted.url, "test")
    line = await open_line(client, 5.0, lambda _push: None)
    waiting = line.call(packed(("ONE",)))
    line.lose(ConnectionError("gone"))
    line.lose(ConnectionError("twice"))
    for future in (waiting, line.call(packed(("TWO",)))):
        with pytest.raises(DisconnectedError, match="gone"):
            await future
    assert not line.ready
    assert line.idle
    await client.aclose()


async def test_a_full_line_lets_its_callers_wait(scripted: Scripted) -> None:
    """What a slow server does not take waits with its sender, and ends with the line."""
    client = make_client(scripted.url, "test")
    line = await open_line(client, 5.0, lambda _push: None)
    assert line.ready
    waiting = line.call(packed(("SET", "k", b"x" * 50_000_000)))
    assert not line.ready
    room = asyncio.create_task(line.room())
    await asyncio.sleep(0)
    assert not room.done()
    line.lose(ConnectionError("gone"))
    async with asyncio.timeout(PATIENCE_S):
        await room
    with pytest.raises(DisconnectedError):
        await waiting
    await client.aclose()


async def test_a_thousand_commands_at_once_share_one_line(redis_url: str) -> None:
    """Each gets its own answer."""
    client = make_client(redis_url, "test")
    caller = Caller(client, answer_s=20.0)
    answers = await asyncio.gather(*(caller.call("ECHO", number) for number in range(1000)))
    assert answers == [str(number).encode() for number in range(1000)]
    many = await caller.call_all([("ECHO", number) for number in range(1000)])
    assert many == answers
    caller.renew()
    assert await caller.call("ECHO", "still here") == b"still here"
    caller.close()
    await client.aclose()


async def test_a_script_is_told_to_a_server_that_forgot_it(redis_url: str) -> None:
    """Once for all of a lot, and each call is carried out once."""
    client = make_client(redis_url, "test")
    caller = Caller(client, answer_s=20.0)
    assert await caller.run(COUNT, ["n"]) == 1
    await caller.call("SCRIPT", "FLUSH")
    assert await caller.run_all(COUNT, [(("n",), ()) for _ in range(5)]) == [2, 3, 4, 5, 6]
    assert await caller.run_all(COUNT, [(("n",), ()), (("m",), ())]) == [7, 1]
    await caller.call("SET", "m", "x")
    with pytest.raises(RefusedError, match="not an integer"):
        await caller.run_all(COUNT, [(("n",), ()), (("m",), ())])
    caller.close()
    await client.aclose()


async def test_closing_while_a_line_is_opened_fails_who_waits_for_it(
    private_valkey: ServerProcess,
) -> None:
    """They are told, not cancelled; and a caller who goes leaves the others waiting."""
    client = make_client(private_valkey.url, "test")
    caller = Caller(client, answer_s=20.0)
    private_valkey.freeze()
    going, staying = ask(caller, b"PING"), ask(caller, b"PING")
    for _ in range(3):
        await asyncio.sleep(0)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert not staying.done()
    caller.close()
    with pytest.raises(DisconnectedError, match="closed"):
        await staying
    private_valkey.thaw()
    await client.aclose()


async def test_commands_of_a_server_that_hangs_fail_in_time_and_go_on_after_it(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """A frozen server answers nobody; once it lives, the next command is answered."""
    bus = await connect(private_valkey.url, Party.STREAMER)
    private_valkey.freeze()
    work = [asyncio.create_task(bus.read(registry.MARKET_DATA)) for _ in range(20)]
    for task in work:
        with pytest.raises(DisconnectedError):
            await task
    private_valkey.thaw()
    assert await bus.write(registry.MARKET_DATA, make.market_data(1)) == 1


async def test_a_bus_that_is_closed_has_let_go_of_all(redis_url: str) -> None:
    """No connection stays behind: neither of commands nor of watches nor of served ones."""
    bus = Bus(redis_url, Party.ENGINE, SystemClock(), random.Random(1))
    await bus.open()
    await bus.length(registry.TRADES_LOG)

    async def never(_command: object) -> object:
        raise NotImplementedError

    bus.serve(registry.TRADING_CYCLE, never, never)  # type: ignore[arg-type]  # nothing is sent
    with redis.Redis.from_url(redis_url) as watcher:
        await eventually(lambda: len(mine(watcher)) == 3)
        await bus.close()
        await eventually(lambda: not mine(watcher))


def mine(watcher: redis.Redis) -> list[str]:
    names = [client["name"] for client in watcher.client_list()]
    return [name for name in names if name.startswith("qtrade-engine")]


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  # the server tells nobody of its clients
            await asyncio.sleep(0.01)
