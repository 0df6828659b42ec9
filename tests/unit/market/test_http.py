"""A provider's HTTP interface against a small server that answers byte for byte what it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.conformance.providers.free_ledger import FreeLedger

from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    RestingError,
    UnreachableError,
)
from qt_trade.market.gate import Gate, Told
from qt_trade.market.http import Answer, HttpLine, ProviderHttp, retry_after_s
from qt_trade.model.quotas import LedgerAwayError, Limit, Window

pytestmark = pytest.mark.asyncio
KEY = "made-up-secret"
NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
HTML = "<html><body>502 Bad Gateway</body></html>"


def reply(body: str, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """Return an answer as it goes over the wire; ``length``: another one than the body's."""
    size = len(body.encode()) if length is None else length
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {size}", *headers, "", body)
    return "\r\n".join(lines).encode()


class Server:
    """Answers each request with the next of its answers; None: never."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.asked: list[str] = []
        self.under_way = 0
        self.under_way_max = 0
        self.arrivals: asyncio.Queue[int] = asyncio.Queue()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.url = ""
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests."""
        self._open.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked.append(head.decode())
                self.under_way += 1
                self.under_way_max = max(self.under_way, self.under_way_max)
                self.arrivals.put_nowait(self.under_way)
                await self.go_on.wait()
                self.under_way -= 1
                answer = self.answers.pop(0)
                if answer is None:
                    continue
                writer.write(answer)
                await writer.drain()
                if b"Connection: close" in answer:
                    break
        writer.close()

    def close(self) -> None:
        """Hang up on everybody."""
        for writer in self._open:
            writer.close()


Make = Callable[..., ProviderHttp]


@pytest.fixture
def ledger() -> FreeLedger:
    """The budgets, in memory."""
    return FreeLedger()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    """A server without answers yet."""
    serves = Server()
    listening = await asyncio.start_server(serves.serve, "127.0.0.1", 0)
    serves.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield serves
    serves.close()
    listening.close()


@pytest_asyncio.fixture
async def make(server: Server, ledger: FreeLedger) -> AsyncIterator[Make]:
    """Make a line to the server."""
    made: list[ProviderHttp] = []

    def line(limits: Sequence[Limit] = (), concurrency: int = 4, **options: Any) -> ProviderHttp:
        gate = Gate("vendor", "Vendor", limits, ledger, SystemClock(), asyncio.sleep)
        given = {
            "base_url": server.url,
            "judge": lambda _: None,
            "headers": {},
            "parameters": {"apikey": KEY},
        }
        made.append(
            ProviderHttp(
                HttpLine(vendor="Vendor", **(given | options)),
                gate,
                concurrency,
            )
        )
        return made[-1]

    yield line
    for one in made:
        await one.close()


# Every kind of answer


async def test_a_good_answer_is_its_json(make: Make, server: Server, ledger: FreeLedger) -> None:
    """The query has the vendor's parameters and ours, and the ledger hears of the success."""
    server.answers = [reply('{"c": 1.5}')]
    assert await make().get("/quote", {"symbol": "BRK.B"}) == {"c": 1.5}
    assert server.asked[0].startswith(f"GET /quote?apikey={KEY}&symbol=BRK.B ")
    assert ledger.story == ["took 1", "succeeded"]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (reply(""), BadAnswerError, "it is empty"),
        (reply("", "204 No Content"), BadAnswerError, "it is empty"),
        (reply("[1, 2"), BadAnswerError, "no JSON"),
        (reply('{"c": NaN}'), BadAnswerError, "no JSON"),
        (reply("[" * 100_000), BadAnswerError, "no JSON"),
        (reply(HTML, "200 OK", "Content-Type: text/html"), BadAnswerError, r"no JSON \(text/html"),
        (reply("", "302 Found", "Location: /login"), BadAnswerError, "HTTP 302"),
        (reply("{}", "400 Bad Request"), BadAnswerError, "HTTP 400"),
        (reply("{}", "500 Internal Server Error"), UnreachableError, "HTTP 500"),
        (reply(HTML, "502 Bad Gateway"), UnreachableError, "HTTP 502"),
        (reply(HTML, "503 Service Unavailable"), UnreachableError, "HTTP 503"),
        (reply("{}", "503 Busy", "Retry-After: 7"), RateLimitedError, "in 7 s"),
        (reply("slow down", "429 Too Many Requests"), RateLimitedError, "in 60 s"),
        (reply("{}", "429 Too Many Requests", "Retry-After: 9"), RateLimitedError, "in 9 s"),
        (reply("[1]", "200 OK", "Connection: close", length=9), UnreachableError, "Protocol"),
        (b"no HTTP at all\r\n\r\n", UnreachableError, "Protocol"),
        (reply("{}", "200 OK", "Content-Encoding: gzip"), UnreachableError, "Decoding"),
    ],
)
async def test_what_is_no_good_answer_is_the_right_error(
    make: Make, server: Server, answer: bytes, kind: type[MarketDataError], words: str
) -> None:
    """Each names what to do next, and none holds the key."""
    server.answers = [answer]
    with pytest.raises(kind, match=words) as caught:
        await make().get("/quote", {})
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in f"{error!r} {error}"
        error = error.__cause__
    assert type(caught.value) is kind


async def test_what_never_comes_is_not_waited_for(make: Make, server: Server) -> None:
    """Neither an answer that does not begin nor one that drips."""
    server.answers = [None, reply("[1]", length=9)]
    line = make(timeout_s=0.2)
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"no whole answer for 0\.2 s"):
            await line.get("/quote", {})


async def test_nobody_there_is_unreachable(make: Make, ledger: FreeLedger) -> None:
    """A refused connection is a failure of theirs, and counted as one."""
    line = make(base_url="http://127.0.0.1:9")
    with pytest.raises(UnreachableError, match="ConnectError"):
        await line.get("/quote", {})
    assert ledger.story == ["took 1", "failed"]


# The vendor's own words


async def test_the_vendors_words_go_before_the_status(
    make: Make, server: Server, ledger: FreeLedger
) -> None:
    """An error in a 200 is one, and a 429 may be of another kind than it says."""
    server.answers = [reply("{}"), reply("{}", "429 Too Many Requests")]
    line = make(judge=lambda _: NotInPlanError("Vendor", "no candles"))
    for _ in range(2):
        with pytest.raises(NotInPlanError):
            await line.get("/quote", {})
    assert ledger.story == ["took 1", "succeeded"] * 2


async def test_a_refused_key_is_asked_about_once(make: Make, server: Server) -> None:
    """The second call does not leave."""
    server.answers = [reply("{}", "401 Unauthorized")]
    line = make(judge=lambda _: KeyRefusedError("Vendor", "no such key"))
    for _ in range(2):
        with pytest.raises(KeyRefusedError):
            await line.get("/quote", {})
    assert len(server.asked) == 1


async def test_a_gateway_that_speaks_html_is_judged_by_its_status(
    make: Make, server: Server
) -> None:
    """A judge that cannot read it does not hide that the server is down, or that it is a 200."""
    server.answers = [reply(HTML, "502 Bad Gateway"), reply(HTML)]
    line = make(judge=lambda answer: answer.json("Vendor") and None)
    with pytest.raises(UnreachableError):
        await line.get("/quote", {})
    with pytest.raises(BadAnswerError):
        await line.get("/quote", {})


async def test_headers_tell_what_is_left_also_with_an_error(
    make: Make, server: Server, ledger: FreeLedger
) -> None:
    """And one that is no number says nothing, and spoils nothing."""
    server.answers = [
        reply("[]", "200 OK", "credits-left: 3"),
        reply("[]", "404 Not Found", "credits-left: 2"),
        reply("[1]", "200 OK", "credits-left: many"),
    ]
    line = make(told=_left)
    await line.get("/quote", {})
    assert ledger.told_left == {Window.MINUTE: 3}
    with pytest.raises(BadAnswerError):
        await line.get("/quote", {})
    assert ledger.told_left == {Window.MINUTE: 2}
    assert await line.get("/quote", {}) == [1]
    assert ledger.told_left == {Window.MINUTE: 2}


def _left(answer: Answer) -> Sequence[Told]:
    return (Told(Window.MINUTE, int(answer.headers["credits-left"])),)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": " 12 "}, 12),
        ({"retry-after": "999999999"}, 86_400),
        ({"retry-after": "-3"}, 60),
        ({"retry-after": "soon"}, 60),
        ({}, 60),
        ({"retry-after": "Fri, 27 Nov 2026 15:00:30 GMT"}, 60),
        ({"retry-after": "Fri, 27 Nov 2026 15:00:30 GMT", "date": "nonsense"}, 60),
        (
            {
                "retry-after": "Fri, 27 Nov 2026 15:00:30 GMT",
                "date": "Fri, 27 Nov 2026 15:00:10 GMT",
            },
            20,
        ),
        (
            {
                "retry-after": "Fri, 27 Nov 2026 15:00:00 GMT",
                "date": "Fri, 27 Nov 2026 15:00:10 GMT",
            },
            0,
        ),
    ],
)
async def test_retry_after_is_a_number_or_a_date(headers: dict[str, str], expected: float) -> None:
    """A date is held against the answer's own; what is neither counts as no word."""
    assert retry_after_s(Answer(429, headers, "")) == expected


# Turns


async def test_no_more_calls_are_under_way_than_allowed(
    make: Make, server: Server, ledger: FreeLedger
) -> None:
    """A turn is taken out of the budget only when the call can leave."""
    server.answers = [reply("[]")] * 6
    server.go_on.clear()
    line = make(concurrency=2)
    calls = [asyncio.create_task(line.get("/quote", {})) for _ in range(6)]
    await server.arrivals.get()
    await server.arrivals.get()
    assert ledger.story == ["took 1", "took 1"]
    server.go_on.set()
    assert await asyncio.gather(*calls) == [[]] * 6
    assert server.under_way_max == 2


async def test_who_has_no_turn_is_told_at_once(make: Make, server: Server) -> None:
    """Nothing leaves that the limit forbids, nor what costs more than the plan ever has."""
    server.answers = [reply("[]")]
    line = make(limits=(Limit(8, Window.MINUTE),), patience_s=1.0)
    await line.get("/quote", {}, cost=8)
    with pytest.raises(RateLimitedError):
        await line.get("/quote", {})
    with pytest.raises(NotInPlanError, match="costs 10, it has 8 per minute"):
        await line.get("/profile", {}, cost=10)
    assert len(server.asked) == 1


async def test_who_failed_again_and_again_rests(make: Make, server: Server) -> None:
    """After some failures nothing leaves any more."""
    server.answers = [reply("", "500 Internal Server Error")] * 5
    line = make()
    for _ in range(5):
        with pytest.raises(UnreachableError):
            await line.get("/quote", {})
    with pytest.raises(RestingError):
        await line.get("/quote", {})
    assert len(server.asked) == 5


# The gate


class Away(FreeLedger):
    """A ledger that can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False

    async def take(
        self, provider: str, limits: Sequence[Limit], cost: int, now: datetime
    ) -> timedelta:
        """Take, unless away."""
        self._look()
        return await super().take(provider, limits, cost, now)

    async def succeeded(self, provider: str, now: datetime) -> None:
        """Note a success, unless away."""
        self._look()
        await super().succeeded(provider, now)

    async def pause(self, provider: str, until: datetime, words: str) -> None:
        """Pause, unless away."""
        self._look()
        await super().pause(provider, until, words)

    def _look(self) -> None:
        if self.away:
            raise LedgerAwayError("Redis does not answer")


async def test_nobody_is_asked_while_nobody_counts() -> None:
    """And a pause that was asked for meanwhile is kept when the ledger is back."""
    ledger, clock = Away(), ManualClock(NOW)
    gate = Gate("vendor", "Vendor", (), ledger, clock, asyncio.sleep)
    await gate.enter(1, 0)
    ledger.away = True
    with pytest.raises(UnreachableError, match="it is not asked: Redis does not answer"):
        await gate.enter(1, 0)
    await gate.settle(RateLimitedError("Vendor", 30.0))
    ledger.away = False
    with pytest.raises(RateLimitedError):
        await gate.enter(1, 0)
    clock.advance(timedelta(seconds=31))
    await gate.enter(1, 0)
    assert ledger.story == ["took 1", "paused", "took 1"]


async def test_a_turn_is_waited_for_within_patience() -> None:
    """The wait is as long as the ledger says, and no longer than the caller has time."""
    clock = ManualClock(NOW)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(timedelta(seconds=seconds))

    gate = Gate("vendor", "Vendor", (Limit(1, Window.SECOND),), FreeLedger(), clock, sleep)
    await gate.enter(1, 5.0)
    await gate.enter(1, 5.0)
    assert len(slept) == 1
    assert 0.9 <= slept[0] <= 1.1
    with pytest.raises(RateLimitedError) as caught:
        await gate.enter(1, 0.1)
    assert caught.value.retry_after_s > 0.1
