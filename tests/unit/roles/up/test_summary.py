"""A run's figures: right whatever was restarted, and only of this run."""

import asyncio
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desktop import backend as payloads
from tests.desktop.backend import Backend
from tests.unit.contract import make

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import DeadLetter
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.up.summary import Counter, Summary, Tally


@given(lives=st.lists(st.lists(st.integers(0, 50), min_size=1), min_size=1))
def test_a_tally_adds_up_over_all_lives_of_its_role(lives: list[list[int]]) -> None:
    """Each life counts from 0; what it had when it was last seen is not lost."""
    tally = Tally()
    for steps in lives:
        count = 0
        tally.see(count)
        for step in steps:
            count += step
            tally.see(count)
    assert tally.total == sum(sum(steps) for steps in lives)


def letter() -> DeadLetter:
    return DeadLetter(
        ts=make.AT, source="test", key="market_data", path="$", reason="damaged", raw="{}"
    )


@pytest.mark.asyncio
async def test_figures_are_of_this_run_alone(redis_url: str, database_url: str) -> None:
    """What earlier runs left in the same Redis is not counted, also when its log is full."""
    backend = await asyncio.to_thread(Backend, redis_url)
    bus = Bus(redis_url, Party.FRONTEND, SystemClock(), random.Random(1))
    record = await wiring.prepare_run(database_url, "test", FeedKind.REPLAY, restart=False)
    counter = Counter(wiring.RunFigures(database_url, record.account), payloads.RUN)
    try:
        await asyncio.to_thread(_leave_behind, backend)
        await bus.open()
        await counter.begin(bus)
        await asyncio.to_thread(_play, backend)
        summary = await counter.end(bus, "REPLAY", record.account)
    finally:
        await counter.close()
        await bus.close()
        await asyncio.to_thread(backend.close)
    assert summary == Summary(
        feed="REPLAY", account="paper:test:1", quotes=130, predictions=27, cycles=0, orders=0,
        fills=0, rejected=3, restarts=0,
    )  # fmt: skip


def _leave_behind(backend: Backend) -> None:
    """An earlier run: its documents, and a log of dead letters that is full."""
    earlier = msgspec.structs.replace(make.market_data(999), run_id="earlier")
    backend.write(registry.MARKET_DATA, earlier)
    backend.append(registry.DEAD_LETTERS, [letter()] * registry.DEAD_LETTERS.cap)


def _play(backend: Backend) -> None:
    """A run whose streamer dies after 100 quotes and comes back."""
    for published in (0, 40, 100, 0, 30):
        data = msgspec.structs.replace(make.market_data(published), run_id=payloads.RUN)
        backend.write(registry.MARKET_DATA, data)
    made = msgspec.structs.replace(payloads.predicted(), predictions_made=27)
    backend.write(registry.PREDICTIONS_CURRENT, made)
    for _ in range(3):
        backend.push(registry.DEAD_LETTERS, letter())
