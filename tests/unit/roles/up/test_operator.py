"""What `up` does on the bus: tells of its own run's feed, keeps its session, starts AutoTrading."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.desktop import backend as payloads

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.consumer import Rejection
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.market import FeedState
from qt_trade.contract.payloads.sessions import (
    AutoTradingControl,
    ReleaseControl,
    Session,
    TakeoverRequest,
)
from qt_trade.contract.payloads.trading import AutoTradingConfig, BackendStatus, TradingStatus
from qt_trade.kit.clock import SystemClock
from qt_trade.model.control import ControllerLoss
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.roles.up import operator as module
from qt_trade.roles.up.operator import OFFER, AutoTradeError, Operator
from qt_trade.trading.strategies.trust import Trust

pytestmark = pytest.mark.asyncio
RUN = payloads.RUN


class Lines:
    """What was said, to be waited for."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._more = asyncio.Event()

    def __call__(self, words: str) -> None:
        self.all.append(words)
        self._more.set()

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(10):
            while len(self.all) < count:
                self._more.clear()
                await self._more.wait()
        return self.all


class Desk:
    """An operator with the buses of those it deals with."""

    def __init__(self, operator: Operator, lines: Lines, buses: dict[Party, Bus]) -> None:
        self.operator = operator
        self.lines = lines
        self.buses = buses

    async def announce(self, **changes: Any) -> None:
        status = msgspec.structs.replace(payloads.status(), **{"run_id": RUN} | changes)
        await self.buses[Party.STREAMER].write(registry.MARKET_STATUS, status)

    async def engine_says(self, status: TradingStatus) -> None:
        await self.buses[Party.ENGINE].write(registry.TRADING_STATUS, status)

    async def engine_answers(self, answer: Callable[[AutoTradingConfig], TradingStatus]) -> None:
        """Publish this answer to every configuration that arrives."""
        asked: asyncio.Queue[AutoTradingConfig] = asyncio.Queue()

        def on_config(change: Change[AutoTradingConfig]) -> None:
            if change.value is not None:
                asked.put_nowait(change.value)

        await self.buses[Party.ENGINE].watch(registry.AUTOTRADING_ENABLED, on_config)
        await self.engine_says(answer(await asked.get()))


@pytest_asyncio.fixture
async def desk(redis_url: str) -> AsyncIterator[Desk]:
    buses = {
        party: Bus(redis_url, party, SystemClock(), random.Random(party))
        for party in (Party.FRONTEND, Party.STREAMER, Party.ENGINE)
    }
    for bus in buses.values():
        await bus.open()
    lines = Lines()
    operator = Operator(buses[Party.FRONTEND], SystemClock(), RUN, FeedKind.REPLAY, lines)
    yield Desk(operator, lines, buses)
    await operator.close()
    for bus in buses.values():
        await bus.close()


def engine(**changes: Any) -> TradingStatus:
    return msgspec.structs.replace(
        payloads.engine(active=False, cycles=0), **{"run_id": RUN} | changes
    )


async def test_it_tells_of_this_runs_feed_once_per_change(desk: Desk) -> None:
    """Each line names the kind; an earlier run's document in the same Redis is not ours."""
    await desk.announce(run_id="earlier", feed=FeedKind.SIMULATION)
    await desk.operator.begin()
    await desk.announce(feed_words="recorded bars", feed_source="bars.parquet")
    await desk.announce(feed_words="recorded bars", feed_source="bars.parquet")
    await desk.announce(feed_state=FeedState.ENDED, feed_words="played", feed_source="bars.parquet")
    assert await desk.lines.until(2) == [
        "REPLAY: bars.parquet: OK: recorded bars",
        "REPLAY: bars.parquet: ENDED: played",
    ]


async def test_without_a_network_it_offers_the_other_feeds_once(desk: Desk) -> None:
    """Not while it is still connecting, and never again and again."""
    yahoo = {"feed": FeedKind.REAL_TIME, "feed_source": "yahoo", "feed_state": FeedState.NO_DATA}
    await desk.operator.begin()
    await desk.announce(**yahoo, feed_words="connecting")
    await desk.lines.until(1)
    await desk.announce(**yahoo, feed_words="no network")
    await desk.lines.until(3)
    await desk.announce(**yahoo, feed_words="still no network")
    assert await desk.lines.until(4) == [
        "REAL-TIME: yahoo: NO_DATA: connecting",
        "REAL-TIME: yahoo: NO_DATA: no network",
        OFFER,
        "REAL-TIME: yahoo: NO_DATA: still no network",
    ]
    assert "--feed simulation" in OFFER


async def test_its_session_is_kept_alive(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Heartbeat after heartbeat, also when somebody deletes it; closed with the run."""
    monkeypatch.setattr(module.registry, "HEARTBEAT_S", 0.01)
    seen: asyncio.Queue[Session | None] = asyncio.Queue()
    engines = desk.buses[Party.ENGINE]
    await desk.operator.begin()
    await engines.watch(registry.SESSION, lambda c: seen.put_nowait(c.value), f"up-{RUN}")
    async with asyncio.timeout(10):
        first = await seen.get()
        later = await seen.get()
        assert first is not None
        assert later is not None
        assert later.ts > first.ts
        await desk.operator.close()
        while await seen.get() is not None:
            pass


async def test_autotrading_is_started_by_a_preset(desk: Desk) -> None:
    """The configuration goes out under our session; it returns once the engine runs it."""
    asked: list[AutoTradingConfig] = []

    def answer(config: AutoTradingConfig) -> TradingStatus:
        asked.append(config)
        return engine(
            active=True, status=BackendStatus.RUNNING, controller=config.session_id, last_error=None
        )

    # An earlier run's "active" must not pass for this one's.
    await desk.engine_says(engine(active=True, run_id="earlier"))
    await desk.operator.begin()
    await asyncio.gather(
        desk.operator.start_autotrading(Strategy.BALANCED, Trust(way_out="set this")),
        desk.engine_answers(answer),
    )
    (config,) = asked
    assert (config.strategy, config.enabled) == (Strategy.BALANCED, True)
    assert config.session_id == f"up-{RUN}"
    assert desk.lines.all == [
        "AutoTrading runs: BALANCED, PAPER, REPLAY",
        "ML signals count once their model has shown skill; set this",
    ]


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (
            {
                "active": True,
                "controller": "desk-1",
                "last_error": "Anna controls AutoTrading; take over first",
            },
            "AutoTrading did not start: Anna controls AutoTrading; take over first",
        ),
        (
            {"status": BackendStatus.CONFIG_ERROR, "last_error": "no such strategy"},
            "--autotrade BALANCED: AutoTrading did not start: no such strategy",
        ),
        (
            {
                "emergency_stop": True,
                "emergency_words": "by hand",
            },
            r"stopped \(by hand\); start without --autotrade .* with `qtrade stop --resume`",
        ),
    ],
)
async def test_the_engines_objection_ends_the_wait(
    desk: Desk, refusal: dict[str, Any], words: str
) -> None:
    """At once, with its reason and the way out."""
    await desk.operator.begin()
    starting = asyncio.create_task(
        desk.operator.start_autotrading(Strategy.BALANCED, Trust(way_out="set this"))
    )
    await desk.engine_answers(lambda _: engine(**refusal))
    with pytest.raises(AutoTradeError, match=words):
        await starting


async def test_a_silent_engine_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it said before it was asked is no answer."""
    monkeypatch.setattr(module, "STARTED_S", 0.05)
    await desk.operator.begin()
    old = SystemClock().now() - timedelta(seconds=1)
    await desk.engine_says(engine(active=True, ts=old))
    with pytest.raises(AutoTradeError, match="the engine is silent"):
        await desk.operator.start_autotrading(Strategy.BALANCED, Trust(way_out="set this"))


async def test_the_control_is_handed_to_whoever_asks_for_it(desk: Desk) -> None:
    """Nobody sits here who could decline, so nobody has to wait for the ten seconds."""
    released: asyncio.Queue[Any] = asyncio.Queue()

    async def on_action(action: Any) -> Reply:
        released.put_nowait(action)
        return payloads_reply(action.command_id)

    def reject(rejection: Rejection) -> Reply:
        return payloads_reply(rejection.command_id)

    engine_bus = desk.buses[Party.ENGINE]
    engine_bus.serve(registry.SESSION_ACTIONS, on_action, reject)
    await desk.operator.begin()
    mine = f"up-{RUN}"
    now = SystemClock().now()
    request = TakeoverRequest(session_id="desk-1", name="Anna", asked_at=now, ends_at=now)
    asked = AutoTradingControl(
        **payloads.stamp("engine"), holder=mine, holder_name="up", token=3, since=now, alive=True,
        on_loss=ControllerLoss.PAUSE_ENTRIES, entries_paused=False, request=request, words="",
    )  # fmt: skip
    for _ in range(2):
        await engine_bus.write(registry.AUTOTRADING_CONTROL, asked)
    action = await released.get()
    assert isinstance(action, ReleaseControl)
    assert action.session_id == mine
    assert await desk.lines.until(1) == ["AutoTrading's control was handed to Anna"]
    assert released.empty()


def payloads_reply(command_id: str) -> Reply:
    return Reply(
        **payloads.stamp("engine"), command_id=command_id, accepted=True, reason="", order_id=None,
        verdicts=(),
    )  # fmt: skip
