"""The canary through a real engine's chain: timed step by step, broken where it breaks, missed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from tests.unit.contract.seen import Seen
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, open_shop
from tests.unit.roles.parts import ACCOUNT, running

from qt_trade import wiring
from qt_trade.brokers.paper import PaperBroker
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.health import Canary, CanaryProbe
from qt_trade.contract.payloads.sessions import ActiveSession, ActiveSessions, SessionRole
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.orders import BrokerOrder
from qt_trade.roles.engine.canary import STEADY, CanaryWatch, Rhythm
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.work import Work

pytestmark = pytest.mark.asyncio

RUN = "run-1"
QUICK = Rhythm(every=timedelta(seconds=0.05), limit=timedelta(seconds=0.2))
WALL = SystemClock()


@dataclass
class Aviary:
    """A canary watch on real servers, and the streamer's bus to let canaries fly from."""

    shop: Shop
    watch: CanaryWatch
    work: Work
    streamer: Bus
    engine: Bus
    seen: Seen[Change[Canary]]

    async def fly(self, number: int) -> None:
        probe = CanaryProbe(
            ts=WALL.now(), source="streamer", feed=FeedKind.REPLAY, run_id=RUN, number=number
        )
        await self.streamer.publish(registry.CANARY_PROBE, probe, RUN)

    async def until(self, holds: Callable[[Canary], bool]) -> Canary:
        changes = await self.seen.until(
            lambda changes: any(c.value is not None and holds(c.value) for c in changes)
        )
        return next(c.value for c in changes if c.value is not None and holds(c.value))

    async def over(self, number: int) -> Canary:
        """Wait until a canary is judged, one way or the other."""
        return await self.until(
            lambda c: c.number == number and "on its way" not in c.words.split(":")[0]
        )


@asynccontextmanager
async def aviary(
    lead: wiring.Lead,
    connect: Connect,
    *,
    broker: PaperBroker | None = None,
    commit: Callable[[], Awaitable[float]] | None = None,
    rhythm: Rhythm = STEADY,
) -> AsyncIterator[Aviary]:
    shop = await open_shop(lead, broker)
    engine, streamer = await connect(Party.ENGINE), await connect(Party.STREAMER)
    front = await connect(Party.FRONTEND)
    seen: Seen[Change[Canary]] = Seen()
    await front.watch(registry.CANARY, seen)
    stamp, work = Stamp(FeedKind.REPLAY, RUN, ACCOUNT, WALL, WALL), Work(WALL)
    watch = CanaryWatch(
        engine, shop.dealer, stamp, work, commit or lead.commit, lambda: None, rhythm
    )
    await watch.begin()
    async with running(watch.run()):
        yield Aviary(shop, watch, work, streamer, engine, seen)


async def test_it_goes_through_every_step_and_leaves_no_trace_in_trading(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Each step with its time; nothing is journalled, nothing is at the broker."""
    async with aviary(lead, connect) as here:
        before = await here.shop.told()
        await here.fly(7)
        canary = await here.over(7)
        assert (canary.ok, canary.arrived, canary.failed) == (True, 1, 0)
        assert [(step.name, step.ok) for step in canary.steps] == [
            (name, True) for name in ("feed", "engine", "risk", "broker", "ledger", "redis")
        ]
        words = {step.name: step.words for step in canary.steps}
        assert words["risk"].endswith("rules would let a share of IBM pass")
        assert words["broker"] == "paper, 0 orders in its book"
        begins = [step.begun_ms for step in canary.steps]
        assert begins == sorted(begins)
        assert all(step.took_ms is not None for step in canary.steps)
        assert canary.recent_ms == (canary.total_ms,)
        assert here.work.told().words == "canary 7"
        assert await here.shop.told() == before
        assert await here.shop.dealer.broker_orders() == ()


async def test_canaries_that_stay_away_are_missed_and_counted_once(
    lead: wiring.Lead, connect: Connect
) -> None:
    """By the clock while none comes, by the numbers when one comes again."""
    async with aviary(lead, connect, rhythm=QUICK) as here:
        none = await here.until(lambda canary: not canary.ok)
        assert none.words == "no canary has come from the streamer yet"
        assert [step.name for step in none.steps] == ["feed"]
        await here.fly(100)
        first = await here.until(lambda canary: canary.number == 100 and canary.ok)
        lost = first.failed
        missed = await here.until(lambda canary: canary.failed == lost + 2)
        assert (missed.ok, missed.number) == (False, 102)
        await here.fly(110)
        again = await here.until(lambda canary: canary.number == 110 and canary.arrived == 2)
        assert again.failed == lost + 9, "101 to 109, each once"


async def test_a_broken_link_is_named_and_mended(lead: wiring.Lead, connect: Connect) -> None:
    """The engine's own part of the chain is whole again with the next one that comes through."""
    answers: list[BaseException | None] = [JournalAwayError("PostgreSQL is away"), None]

    async def commit() -> float:
        if (answer := answers.pop(0)) is not None:
            raise answer
        return await lead.commit()

    async with aviary(lead, connect, commit=commit) as here:
        await here.fly(1)
        broken = await here.over(1)
        assert (broken.ok, broken.total_ms, broken.words) == (
            False, None, "ledger: PostgreSQL is away",
        )  # fmt: skip
        assert (broken.steps[-1].name, broken.steps[-1].ok, broken.failed) == ("ledger", False, 1)
        assert here.watch.own_error == "ledger: PostgreSQL is away"
        await here.fly(2)
        assert (await here.over(2)).recent_ms[0] is None
        assert here.watch.own_error == ""


class DeafBroker(PaperBroker):
    """One that takes every question and never answers."""

    async def orders(self) -> tuple[BrokerOrder, ...]:
        await asyncio.Event().wait()
        raise AssertionError("never")


async def test_a_step_that_hangs_is_given_up_and_named(lead: wiring.Lead, connect: Connect) -> None:
    """A dealer that never comes to its turn looks like this."""
    shop = await open_shop(lead)
    deaf = DeafBroker(shop.core._costs, limited_by_size=True)
    async with aviary(lead, connect, broker=deaf, rhythm=QUICK) as here:
        await here.fly(5)
        canary = await here.over(5)
        assert not canary.ok
        assert canary.words.startswith("broker: no answer within")


async def test_a_new_engine_of_the_run_goes_on_counting(
    lead: wiring.Lead, connect: Connect
) -> None:
    """And misses those that flew while there was none."""
    async with aviary(lead, connect) as here:
        await here.fly(1)
        await here.over(1)
    async with aviary(lead, connect) as here:
        await here.fly(4)
        canary = await here.over(4)
    assert (canary.arrived, canary.failed) == (2, 2)
    assert canary.recent_ms[1:3] == (None, None)


async def test_the_slowest_desktop_is_the_last_step(lead: wiring.Lead, connect: Connect) -> None:
    """As its session tells; it is no part of the engine's total."""
    async with aviary(lead, connect) as here:
        now = WALL.now()
        desks = [
            ActiveSession(
                session_id=f"desk-{n}", name=f"desk-{n}", user="u", host="h",
                role=SessionRole.TRADER, version="1", opened_at=now, last_seen=now,
                delay_ms=delay, controls=False,
            )
            for n, delay in enumerate((20.0, 35.0, None))
        ]  # fmt: skip
        await here.engine.write(
            registry.SESSIONS_ACTIVE,
            ActiveSessions(
                ts=now, source="engine", feed=FeedKind.REPLAY, sessions=tuple(desks), revoked=()
            ),
        )
        # The engine's bus delivers in order: what it wrote is there before the canary.
        await here.fly(1)
        canary = await here.over(1)
        if canary.steps[-1].name != "desk":
            await here.fly(2)
            canary = await here.over(2)
    desk = canary.steps[-1]
    assert (desk.name, desk.words, desk.took_ms) == (
        "desk", "from start to desk-1, the slowest of 2", 35.0,
    )  # fmt: skip
