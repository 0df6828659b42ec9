"""A trained model in a whole run: promoted, published, sealed, scored, and traded on when proven."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from tests.asking import until
from tests.end_to_end.recording import write_recording
from tests.end_to_end.stack import Stack, running_stack
from tests.end_to_end.test_crashes import until_status
from tests.unit.roles.worker.trained import keep, learnt

from qt_trade.contract.payloads.trading import TradingStatus
from qt_trade.model.feeds import FeedKind
from qt_trade.model.predictions import Skill
from qt_trade.storage.claims import ClaimStore
from qt_trade.storage.database import Database
from qt_trade.storage.models import ModelStore
from qt_trade.trading.events import DecisionMade

T = TypeVar("T")

PATIENCE_S = 60.0
TRAINED = datetime(2013, 10, 4, 20, 0, tzinfo=UTC)
BARE, UNPROVEN, PROVEN = "baseline-drift-vol", "gbm-30-v1", "gbm-30-v2"


def in_database(stack: Stack, work: Callable[[Database, str], Awaitable[T]]) -> T:
    """Do something in the database of the stack, with its feed's name there."""

    async def do() -> T:
        database = Database(stack.connection["database_url"], name="test", pool_size=1)
        try:
            async with database.line() as line:
                found = await (await line.execute("SELECT source_key FROM feed_runs")).fetchone()
            assert found is not None
            return await work(database, found[0])
        finally:
            await database.close()

    return asyncio.run(do())


def promote(stack: Stack, skill: Skill) -> str:
    """Put a model in use that expects a rise of everything and knows the hour alone."""

    async def do(database: Database, source_key: str) -> str:
        store = ModelStore(database, source_key, FeedKind.REPLAY)
        hour = "session_time"
        return await keep(
            store, learnt(30, TRAINED, features=(hour,), volatility=hour), skill=skill
        )

    return in_database(stack, do)


def scored(stack: Stack, model_id: str) -> int:
    """Return how many claims of a model have been scored; each was sealed before it was due."""

    async def do(database: Database, source_key: str) -> int:
        store = ClaimStore(database, source_key)
        assert (await store.verify()).broken_at is None
        far = datetime(2014, 1, 1, tzinfo=UTC)
        settled = await store.settled(model_id, since=TRAINED, until=far)
        assert all(one.sealed.sealed_at < one.sealed.claim.due_at for one in settled)
        return sum(one.score is not None and one.score.hit is not None for one in settled)

    return in_database(stack, do)


def saying(words: str) -> Callable[[TradingStatus], bool]:
    """Return whether the last cycle ended somewhere with these words."""

    def holds(status: TradingStatus) -> bool:
        report = status.last_cycle
        return report is not None and any(words in row.candidate for row in report.rows)

    return holds


@pytest.mark.timeout(200)
def test_a_model_is_traded_on_when_it_is_proven_and_not_before(tmp_path: Path) -> None:
    """First the baseline, then a model that has shown nothing, then one that has."""
    recording = write_recording(tmp_path / "recorded.parquet")
    options = ("--feed", "replay", "--from", str(recording), "--speed", "240")
    with running_stack(tmp_path / "data", *options, "--autotrade", "AGGRESSIVE") as stack:
        bare = until_status(stack, saying("the model has not shown skill at 30 min: no skill"))
        assert promote(stack, Skill.NOT_PROVEN) == UNPROVEN
        words = "the model has not shown skill at 30 min: not proven"
        unproven = until_status(stack, saying(words))
        assert bare.trades_today == unproven.trades_today == 0
        assert promote(stack, Skill.PROVEN) == PROVEN
        traded = until_status(stack, lambda status: status.trades_today >= 1)
        for name in (BARE, UNPROVEN, PROVEN):
            until(lambda name=name: scored(stack, name), PATIENCE_S, f"{name} is never scored")
        made = [
            one for one in stack.journal(traded.account).events if isinstance(one, DecisionMade)
        ]
        assert {one.model for one in made} == {PROVEN}
        assert stack.stop() == 0, stack.logs()
