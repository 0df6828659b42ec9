"""Models: one in use at a horizon, every change of state for ever, content only as it was stored."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from qt_trade.model.feeds import FeedKind
from qt_trade.model.models import Decision, Gate, ModelFacts
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState
from qt_trade.storage.database import Database
from qt_trade.storage.errors import DamagedModelError, ModelStateError, NoModelError
from qt_trade.storage.models import ModelStore

pytestmark = pytest.mark.asyncio

AT = datetime(2025, 11, 26, 13, 30, tzinfo=UTC)
LATER = AT + timedelta(days=30)


def facts(horizon_min: int = 15, day: int = 0, refused: str = "") -> ModelFacts:
    return ModelFacts(
        family="gbm",
        horizon_min=horizon_min,
        trained_at=AT + timedelta(days=day),
        data_from=AT - timedelta(days=60),
        data_to=AT,
        rows=31_200,
        features=("return_1", "rsi_14"),
        parameters={"learning_rate": 0.05, "num_leaves": 15.0},
        metrics={"hit_rate": 0.523, "p_value": 0.011},
        seed=7,
        data_hash="ab12",
        gates=(
            Gate("baseline", passed=True, words="better"),
            Gate("shadow", passed=None, words="0 of 10 days"),
        ),
        skill=Skill.NOT_PROVEN,
        refused=refused,
        trigger="by hand",
    )


def decision(day: int = 1, command_id: str = "") -> Decision:
    return Decision(AT + timedelta(days=day), "Alice", "all gates are open", command_id)


@pytest.fixture
def models(database: Database) -> ModelStore:
    return ModelStore(database, "realtime", FeedKind.REAL_TIME)


async def shadow(models: ModelStore, made_by: str, horizon_min: int = 15, day: int = 0) -> str:
    record = await models.add(made_by.encode(), facts(horizon_min, day), made_by)
    return record.model_id


async def test_a_model_comes_back_as_it_was(models: ModelStore) -> None:
    """What a training said, and its content, are read as they were handed over."""
    record = await models.add(b"{}", facts(), "job-1")
    assert (record.model_id, record.version) == ("gbm-15-v1", "v1")
    assert record.state is ModelState.SHADOW
    assert record.facts == facts()
    assert await models.get("gbm-15-v1") == record
    assert await models.load("gbm-15-v1") == b"{}"
    assert await models.all() == [record]


async def test_a_training_carried_out_twice_adds_its_model_once(
    database: Database, other_database: Database
) -> None:
    """Two workers that both finish the same training store one model."""
    stores = [ModelStore(one, "realtime", FeedKind.REAL_TIME) for one in (database, other_database)]
    both = await asyncio.gather(*(store.add(b"x", facts(), "job-1") for store in stores))
    assert both[0] == both[1]
    assert len(await stores[0].all()) == 1
    assert await shadow(stores[0], "job-2") == "gbm-15-v2"
    assert await shadow(stores[0], "job-2", 30) == "gbm-30-v1"


async def test_a_refused_model_is_kept_with_its_words_and_never_used(models: ModelStore) -> None:
    """It stays in the list, and cannot be promoted."""
    record = await models.add(b"x", facts(refused="it knows tomorrow"), "job-1")
    assert (record.state, record.facts.refused) == (ModelState.REFUSED, "it knows tomorrow")
    with pytest.raises(ModelStateError, match="gbm-15-v1 is REFUSED"):
        await models.promote(record.model_id, decision())
    assert await models.shadows(until=LATER) == []


async def test_promotion_and_the_way_back(models: ModelStore) -> None:
    """A promoted model retires the one before; a demotion puts that one back."""
    first, second = await shadow(models, "a"), await shadow(models, "b", day=1)
    await models.promote(first, decision(2))
    await models.promote(second, decision(3))
    in_use = await models.in_use(15, until=LATER)
    assert in_use is not None
    assert (in_use.model_id, in_use.replaced) == (second, first)
    assert (await models.get(first)).state is ModelState.RETIRED
    back = await models.demote(second, decision(4), put_back=True)
    assert back is not None
    assert (back.model_id, back.state) == (first, ModelState.IN_USE)
    assert (await models.get(second)).state is ModelState.SHADOW
    assert await models.demote(first, decision(5), put_back=True) is None
    assert await models.in_use(15, until=LATER) is None
    assert [
        (change.model_id, change.before, change.after) for change in await models.changes()
    ] == [
        (first, None, ModelState.SHADOW),
        (second, None, ModelState.SHADOW),
        (first, ModelState.SHADOW, ModelState.IN_USE),
        (first, ModelState.IN_USE, ModelState.RETIRED),
        (second, ModelState.SHADOW, ModelState.IN_USE),
        (second, ModelState.IN_USE, ModelState.SHADOW),
        (first, ModelState.RETIRED, ModelState.IN_USE),
        (first, ModelState.IN_USE, ModelState.SHADOW),
    ]


async def test_an_automatic_demotion_puts_nothing_back(models: ModelStore) -> None:
    """The model before was not scored meanwhile: it stays retired."""
    first, second = await shadow(models, "a"), await shadow(models, "b")
    await models.promote(first, decision())
    await models.promote(second, decision())
    assert await models.demote(second, decision(), put_back=False) is None
    assert (await models.get(first)).state is ModelState.RETIRED
    with pytest.raises(ModelStateError, match="not in use"):
        await models.demote(second, decision(), put_back=False)


async def test_at_most_one_is_in_use_whatever_two_workers_do(
    database: Database,
    other_database: Database,
    bare: psycopg.AsyncConnection[tuple[object, ...]],
) -> None:
    """Two promotions at once leave one model in use; the database itself refuses a second."""
    stores = [ModelStore(one, "realtime", FeedKind.REAL_TIME) for one in (database, other_database)]
    ids = [await shadow(stores[0], "a"), await shadow(stores[0], "b")]
    await asyncio.gather(
        *(store.promote(model_id, decision()) for store, model_id in zip(stores, ids, strict=True))
    )
    states = {record.state for record in await stores[0].all()}
    assert states == {ModelState.IN_USE, ModelState.RETIRED}
    with pytest.raises(psycopg.errors.UniqueViolation, match="models_one_in_use"):
        await bare.execute("UPDATE models SET state = 'IN_USE'")


async def test_a_command_is_carried_out_once(models: ModelStore) -> None:
    """The same command again changes nothing, whatever happened in between."""
    model_id = await shadow(models, "a")
    await models.promote(model_id, decision(command_id="c1"))
    await models.demote(model_id, decision(command_id="c2"), put_back=True)
    again = await models.promote(model_id, decision(command_id="c1"))
    assert again.state is ModelState.SHADOW
    assert await models.demote(model_id, decision(command_id="c2"), put_back=True) is None
    assert len(await models.changes(model_id)) == 3


async def test_the_history_only_grows(
    models: ModelStore, bare: psycopg.AsyncConnection[tuple[object, ...]]
) -> None:
    """Nobody rewrites or removes what was decided."""
    await shadow(models, "a")
    for statement in ("UPDATE model_changes SET words = ''", "DELETE FROM model_changes"):
        with pytest.raises(psycopg.DatabaseError, match="only grows"):
            await bare.execute(statement)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE model_contents SET body = '\\x00'", "not what was stored"),
        ("DELETE FROM model_contents", "missing"),
    ],
)
async def test_damaged_content_is_refused_in_words(
    models: ModelStore,
    bare: psycopg.AsyncConnection[tuple[object, ...]],
    damage: str,
    words: str,
) -> None:
    """A model whose bytes changed, or are gone, is never loaded."""
    model_id = await shadow(models, "a")
    await bare.execute(damage.encode())
    with pytest.raises(DamagedModelError, match=f"gbm-15-v1 cannot be used: .*{words}"):
        await models.load(model_id)


async def test_models_of_another_feed_or_of_the_future_are_not_known(
    database: Database, models: ModelStore
) -> None:
    """What a simulation taught, or a later moment of a replay, acts nowhere else."""
    model_id = await shadow(models, "a")
    await shadow(models, "b", day=2)
    await models.promote(model_id, decision())
    drawn = ModelStore(database, "simulation:7", FeedKind.SIMULATION)
    assert await drawn.all() == []
    assert await drawn.in_use(15, until=LATER) is None
    with pytest.raises(NoModelError, match="gbm-15-v1"):
        await drawn.load(model_id)
    assert await models.in_use(15, until=AT - timedelta(seconds=1)) is None
    assert await models.in_use(30, until=LATER) is None
    assert await models.shadows(until=AT + timedelta(days=1)) == []
    assert len(await models.shadows(until=LATER)) == 1


async def test_a_shadow_is_retired(models: ModelStore) -> None:
    """Its time is over; it can no longer be promoted, nor retired again."""
    model_id = await shadow(models, "a")
    retired = await models.retire(model_id, decision())
    assert retired.state is ModelState.RETIRED
    assert retired.since == decision().at
    for act in (models.retire, models.promote):
        with pytest.raises(ModelStateError, match="RETIRED"):
            await act(model_id, decision())


async def test_a_horizon_has_versions_of_its_own(models: ModelStore) -> None:
    """Each horizon counts its models, and has its own in use."""
    fifteen, thirty = await shadow(models, "a"), await shadow(models, "a", 30)
    assert (fifteen, thirty) == ("gbm-15-v1", "gbm-30-v1")
    await models.promote(fifteen, decision())
    await models.promote(thirty, decision())
    in_use = await models.in_use(30, until=LATER)
    assert in_use is not None
    assert in_use.facts == replace(facts(), horizon_min=30)
