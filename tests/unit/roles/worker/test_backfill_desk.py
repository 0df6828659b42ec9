"""The desk: requests answered by one worker of all, handed on, and told on the board."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.unit.roles.parts import RUN, eventually, running, settings_of
from tests.unit.roles.worker.test_polling import status

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.history import Backfill, CancelBackfill, DataStatus, Interval
from qt_trade.contract.payloads.sessions import Session
from qt_trade.kit.clock import SystemClock
from qt_trade.model.backfills import BackfillState
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.up.session import new_session
from qt_trade.roles.worker.data.backfill_desk import BackfillDesk, DeskParts
from qt_trade.roles.worker.data.board import BoardParts, DataBoard

pytestmark = pytest.mark.asyncio

WALL = SystemClock()


@dataclass
class Counter:
    """A person at a frontend, and who carries out what he asks for."""

    front: Bus
    session: Session
    desk: BackfillDesk
    store: wiring.MarketStore
    handed: list[str] = field(default_factory=list)
    sent: int = 0

    async def ask(self, **more: Any) -> Reply:
        self.sent += 1
        told = {
            "ts": WALL.now(), "source": "test", "feed": FeedKind.REAL_TIME,
            "session_id": self.session.session_id, "command_id": f"backfill-{self.sent}",
            "symbols": ("AAPL",), "interval": Interval.DAY_1, "since": date(2026, 1, 2),
            "until": date(2026, 2, 2),
        }  # fmt: skip
        return await self.front.send(registry.DATA_REQUESTS, Backfill(**told | more))

    async def cancel(self, job_id: str) -> Reply:
        self.sent += 1
        wish = CancelBackfill(
            ts=WALL.now(), source="test", feed=FeedKind.REAL_TIME, job_id=job_id,
            session_id=self.session.session_id, command_id=f"cancel-{self.sent}",
        )  # fmt: skip
        return await self.front.send(registry.DATA_REQUESTS, wish)


async def no_gaps(*_: object) -> list[Any]:
    return []


@pytest_asyncio.fixture
async def counter(redis_url: str, database_url: str, request: Any) -> AsyncIterator[Counter]:
    choice = getattr(request, "param", "realtime")
    settings = settings_of(
        redis_url, database_url, run={"source_key": choice}, feed={"choice": choice, "speed": 1.0}
    )
    streamer, worker, front = buses = [
        Bus(redis_url, party, WALL, random.Random(number))
        for number, party in enumerate((Party.STREAMER, Party.WORKER, Party.FRONTEND))
    ]
    for bus in buses:
        await bus.open(timeout_s=20.0)
    await streamer.write(registry.MARKET_STATUS, status(("AAPL", "MSFT")))
    feed_time = FeedTime(RUN, WALL)
    await feed_time.follow(worker)
    await feed_time.known.wait()
    session = new_session("desk-1", "desktop", WALL.now())
    await front.write(registry.SESSION, session, session.session_id)
    store = wiring.open_market_store(settings)
    handed: list[str] = []

    async def hand_on(job_id: str) -> None:
        handed.append(job_id)

    async def watched() -> list[Symbol]:
        return [Symbol("AAPL"), Symbol("MSFT")]

    board = DataBoard(BoardParts(worker, store.backfills, feed_time, WALL, no_gaps, watched))
    parts = DeskParts(settings, store.backfills, WALL, hand_on, watched, board.on_change)
    desk = BackfillDesk(parts)
    async with running(desk.run(), board.run()):
        yield Counter(front, session, desk, store, handed)
    await store.close()
    for bus in buses:
        await bus.close()


async def test_an_order_is_kept_handed_on_and_told(counter: Counter) -> None:
    """Without symbols it is for the whole watch list."""
    seen: list[DataStatus] = []
    await counter.front.watch(
        registry.DATA_STATUS, lambda change: change.value and seen.append(change.value)
    )
    reply = await counter.ask(symbols=())
    assert (reply.accepted, reply.reason) == (True, "backfill of 2 symbols: backfill-1")
    await eventually(lambda: counter.handed[:1] == ["backfill-1"])
    await eventually(lambda: bool(seen) and [job.job_id for job in seen[-1].jobs] == ["backfill-1"])
    (job,) = seen[-1].jobs
    assert (job.state, job.symbols, job.asked_by) == (BackfillState.WAITING, 2, "desk-1")


TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"since": date(2026, 3, 1)}, "since: 2026-03-01 is after until, 2026-02-02"),
        ({"until": TODAY + timedelta(days=3)}, "is still to come"),
        ({"interval": Interval.MIN_1, "since": date(2015, 1, 2)}, "for at most 5 years"),
        ({"session_id": "nobody"}, "session_id: there is no living session nobody"),
        ({"feed": FeedKind.REPLAY}, "feed: the request was meant for REPLAY"),
    ],
)
async def test_what_cannot_be_done_is_answered_with_its_field(
    counter: Counter, more: dict[str, Any], reason: str
) -> None:
    """And nothing of it is kept."""
    reply = await counter.ask(**more)
    assert not reply.accepted
    assert reason in reply.reason
    assert await counter.store.backfills.jobs(9) == []


@pytest.mark.parametrize("counter", ["replay"], indirect=True)
async def test_a_recording_has_nobody_to_ask(counter: Counter) -> None:
    """Said in words, and nothing is kept."""
    reply = await counter.ask(feed=FeedKind.REPLAY)
    assert not reply.accepted
    assert reply.reason == "this run is REPLAY: nobody can be asked for its past"


async def test_a_job_is_canceled_once(counter: Counter) -> None:
    """The second time, and for one that never was, the answer says so."""
    await counter.ask()
    assert (await counter.cancel("backfill-1")).accepted
    assert (await counter.cancel("backfill-1")).reason == (
        "job_id: backfill-1 is over already: canceled"
    )
    assert "there is no backfill backfill-9" in (await counter.cancel("backfill-9")).reason


async def test_a_second_desk_waits_until_the_first_is_gone(counter: Counter) -> None:
    """Of two workers one reads the requests; each is carried out once."""
    other = BackfillDesk(counter.desk._p)
    async with running(other.run()):
        replies = await asyncio.gather(*(counter.ask() for _ in range(5)))
    assert all(reply.accepted for reply in replies)
    assert len(await counter.store.backfills.jobs(9)) == 5
