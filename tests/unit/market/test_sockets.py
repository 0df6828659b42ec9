"""A provider's WebSocket from login to end, against a made-up vendor that wants a login."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from aiohttp import web
from tests.emulators.market import Tick
from tests.emulators.provider import KEY, ProviderEmulator, StreamFault

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    RateLimitedError,
    UnreachableError,
)
from qt_trade.market.figures import last_price, moment
from qt_trade.market.http import Answer
from qt_trade.market.provider import Connected, StreamEvent, Subscription
from qt_trade.market.sockets import Heard, SocketLine, streamed
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

pytestmark = pytest.mark.asyncio

AAPL, MSFT, IBM = Symbol("AAPL"), Symbol("MSFT"), Symbol("IBM")
VENDOR = "A vendor"


class LoginEmulator(ProviderEmulator):
    """A vendor that greets, wants a key, and answers every subscription.

    ``deaf``: it never answers a login. ``twice``: it says twice that the key is right.
    """

    name = "login"
    limits: ClassVar = {"free": ()}
    deaf = False
    twice = False
    status = 403
    page = "{}"

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/stream", self.stream)

    def given_key(self, request: web.Request) -> str:
        return request.query.get("key", "")

    def refused(self, request: web.Request) -> web.Response:
        return web.Response(status=self.status, text=self.page, headers={"Retry-After": "9"})

    async def greet(self, socket: web.WebSocketResponse) -> None:
        await socket.send_str(json.dumps({"say": "hello"}))

    async def hear(self, socket: web.WebSocketResponse, message: Any) -> None:
        match message:
            case {"login": str(key)} if not self.deaf:
                for _ in range(1 + self.twice):
                    await socket.send_str(json.dumps({"say": "in" if key == KEY else "out"}))
            case {"want": list(names)}:
                self.sockets[socket] = set(names)
            case _:
                pass

    def frame(self, tick: Tick) -> str:
        return json.dumps({"name": tick.name, "price": tick.price, "at": tick.at.timestamp()})


class LoginTalk:
    """The language of that vendor."""

    ready_at_once = False

    def __init__(self, key: str = KEY) -> None:
        self._key = key
        self._carried: set[Symbol] = set()

    def greet(self) -> Sequence[str]:
        return ()

    def take(self, frame: str | bytes) -> Heard:
        match json.loads(frame):
            case {"say": "hello"}:
                return Heard(say=[json.dumps({"login": self._key})])
            case {"say": "in"}:
                return Heard(ready=True)
            case {"say": "out"}:
                raise KeyRefusedError(VENDOR, "it is wrong")
            case {"name": str(name), "price": price, "at": at}:
                return Heard([last_price(VENDOR, Symbol(name), moment(VENDOR, at), price)])
            case _:
                return Heard([BadAnswerError(VENDOR, "what?")])

    def change(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> Sequence[str]:
        self._carried = (self._carried - set(removed)) | set(added)
        return [json.dumps({"want": sorted(self._carried)})]

    def heartbeat(self) -> str | None:
        return json.dumps({"beat": True})


@pytest_asyncio.fixture
async def emulator() -> AsyncGenerator[LoginEmulator]:
    async with LoginEmulator() as made:
        yield made


def line_of(emulator: LoginEmulator, **changes: Any) -> SocketLine:
    url = f"{emulator.stream_url}?key={KEY}"
    return replace(SocketLine(VENDOR, url, may_be_mute=lambda: False), **changes)


@asynccontextmanager
async def opened(
    line: SocketLine, *symbols: Symbol, talk: LoginTalk | None = None
) -> AsyncGenerator[tuple[AsyncGenerator[StreamEvent, None], Subscription]]:
    subscription = Subscription(symbols)
    stream = streamed(line, talk or LoginTalk(), subscription)
    try:
        async with asyncio.timeout(10):
            yield stream, subscription
    finally:
        await stream.aclose()


async def end_of(
    line: SocketLine, kind: type[MarketDataError], talk: LoginTalk | None = None
) -> MarketDataError:
    async with opened(line, AAPL, talk=talk) as (stream, _):
        with pytest.raises(kind) as caught:
            async for _ in stream:
                pass
    assert KEY not in str(caught.value)
    return caught.value


async def test_nothing_is_subscribed_before_the_login_is_answered(emulator: LoginEmulator) -> None:
    """The greeting is answered with the key, that with a yes, and then comes the first wish."""
    async with opened(line_of(emulator), AAPL) as (stream, _):
        assert isinstance(await anext(stream), Connected)
        await emulator.carries([AAPL])
        assert emulator.heard == [{"login": KEY}, {"want": ["AAPL"]}]


async def test_a_yes_that_comes_twice_connects_once(emulator: LoginEmulator) -> None:
    """Two works that subscribe would not know of each other."""
    emulator.twice = True
    async with opened(line_of(emulator), AAPL) as (stream, _):
        assert isinstance(await anext(stream), Connected)
        await emulator.carries([AAPL])
        await emulator.push(AAPL, 5.0)
        assert isinstance(await anext(stream), Quote)
        assert emulator.heard.count({"want": ["AAPL"]}) == 1


async def test_it_follows_the_wish_whichever_way_it_changes(emulator: LoginEmulator) -> None:
    """Also to nothing and back, and no frame is sent for the same wish again."""
    async with opened(line_of(emulator)) as (stream, subscription):
        assert isinstance(await anext(stream), Connected)
        for wanted in ([AAPL], [AAPL, MSFT], [IBM], [], [MSFT]):
            subscription.want(wanted)
            await emulator.carries(wanted)
            subscription.want(list(wanted))
        wishes = [said["want"] for said in emulator.heard if "want" in said]
        assert wishes == [["AAPL"], ["AAPL", "MSFT"], ["IBM"], [], ["MSFT"]]


async def test_it_says_that_it_is_there(emulator: LoginEmulator) -> None:
    """A vendor that closes what is silent hears a word every few seconds, also while wishes change."""
    async with opened(line_of(emulator, heartbeat_s=0.05), AAPL) as (stream, subscription):
        await anext(stream)
        await emulator.until(lambda: {"beat": True} in emulator.heard)
        for wanted in ([MSFT], [AAPL]):
            subscription.want(wanted)
            await emulator.carries(wanted)
        await emulator.until(lambda: emulator.heard.count({"beat": True}) >= 3)


async def test_a_refused_login_is_a_refused_key(emulator: LoginEmulator) -> None:
    """The key in question stands in no word of it."""
    await end_of(line_of(emulator), KeyRefusedError, LoginTalk("another key"))


async def test_a_login_that_is_never_answered_is_given_up_though_nothing_trades(
    emulator: LoginEmulator,
) -> None:
    """Silence is nothing odd while the market is closed; the silence of a door is."""
    emulator.deaf = True
    line = line_of(emulator, open_timeout_s=0.2, may_be_mute=lambda: True)
    error = await end_of(line, UnreachableError)
    assert "no word" in str(error)


async def test_silence_is_broken_only_while_the_market_trades(emulator: LoginEmulator) -> None:
    """What may be mute is not given up, and is as soon as it may no longer."""
    mute = [True]
    line = line_of(emulator, mute_s=0.1, may_be_mute=lambda: mute[0])
    async with opened(line, AAPL) as (stream, _):
        await anext(stream)
        later = asyncio.ensure_future(anext(stream))
        done, _ = await asyncio.wait([later], timeout=0.5)
        assert not done
        mute[0] = False
        with pytest.raises(UnreachableError, match="no word"):
            await later


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, KeyRefusedError),
        (403, KeyRefusedError),
        (429, RateLimitedError),
        (200, UnreachableError),
        (503, UnreachableError),
    ],
)
async def test_an_answer_instead_of_a_stream_is_judged_by_its_status(
    emulator: LoginEmulator, status: int, kind: type[MarketDataError]
) -> None:
    """A pause is as long as the vendor says."""
    emulator.stream_fault = StreamFault.REFUSE_KEY
    emulator.status = status
    error = await end_of(line_of(emulator), kind)
    if isinstance(error, RateLimitedError):
        assert error.retry_after_s == 9


async def test_the_vendors_own_words_go_before_the_status(emulator: LoginEmulator) -> None:
    """A 200 that holds an error is what the error says; a page of HTML says nothing."""

    def judge(answer: Answer) -> MarketDataError | None:
        body = answer.json(VENDOR)
        return KeyRefusedError(VENDOR, "so it says") if body.get("code") == 401 else None

    emulator.stream_fault = StreamFault.REFUSE_KEY
    emulator.status, emulator.page = 200, '{"code": 401}'
    await end_of(line_of(emulator, judge=judge), KeyRefusedError)
    emulator.status, emulator.page = 503, "<html>no</html>"
    await end_of(line_of(emulator, judge=judge), UnreachableError)


async def test_nobody_there_is_unreachable(emulator: LoginEmulator) -> None:
    """The address, which holds the key, is in no word of it."""
    line = line_of(emulator)
    await emulator.__aexit__(None, None, None)
    error = await end_of(line, UnreachableError)
    assert "127.0.0.1" not in str(error)
    assert KEY not in repr(line)


async def test_what_fails_while_subscribing_ends_the_stream(emulator: LoginEmulator) -> None:
    """A stream that subscribes to nothing more must not look alive."""

    class Broken(LoginTalk):
        def change(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> Sequence[str]:
            raise UnreachableError(VENDOR, "it cannot be said")

    error = await end_of(line_of(emulator, heartbeat_s=0.05), UnreachableError, Broken())
    assert "it cannot be said" in str(error)


async def test_leaving_early_leaves_nothing_behind(emulator: LoginEmulator) -> None:
    """Who stops listening closes the connection and ends the work that subscribes."""
    before = asyncio.all_tasks()
    async with opened(line_of(emulator), AAPL) as (stream, _):
        await anext(stream)
        await emulator.carries([AAPL])
    await emulator.until(lambda: not emulator.sockets)
    ours = [task for task in asyncio.all_tasks() - before if "_follow" in repr(task)]
    assert ours == []
