"""What a model said stays as it was said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qt_trade.model.feeds import FeedKind
from qt_trade.model.predictions import HORIZONS_MIN, HorizonPrediction, Prediction
from qt_trade.model.symbols import symbol
from qt_trade.storage.database import Database
from qt_trade.storage.predictions import PredictionStore

pytestmark = pytest.mark.asyncio

AT = datetime(2013, 10, 4, 14, 0, tzinfo=UTC)


def prediction(of: str = "AAPL", minute: int = 0, model: str = "baseline") -> Prediction:
    return Prediction(
        symbol=symbol(of),
        at=AT + timedelta(minutes=minute),
        price=482.5,
        model=model,
        horizons=tuple(
            HorizonPrediction(minutes, 483.1, 0.1 / minutes, 0.6, 480.0, 486.25)
            for minutes in HORIZONS_MIN
        ),
    )


@pytest.fixture
def predictions(database: Database) -> PredictionStore:
    return PredictionStore(database, "replay:october", FeedKind.REPLAY)


async def test_the_latest_of_each_symbol_comes_back_as_it_was(
    predictions: PredictionStore,
) -> None:
    made = [prediction("MSFT", 0), prediction("AAPL", 0), prediction("AAPL", 15)]
    assert await predictions.store(made) == 9
    latest = await predictions.latest("baseline", until=AT + timedelta(hours=1))
    assert latest == [prediction("AAPL", 15), prediction("MSFT", 0)]
    assert latest[0].at.tzinfo is UTC


async def test_what_was_said_is_never_rewritten(predictions: PredictionStore) -> None:
    await predictions.store([prediction()])
    assert await predictions.store([prediction()]) == 0
    assert await predictions.store([replace(prediction(), price=999.0)]) == 0
    assert await predictions.latest("baseline", until=AT) == [prediction()]


async def test_what_an_earlier_lap_said_of_the_future_is_not_known(
    predictions: PredictionStore,
) -> None:
    await predictions.store([prediction(minute=0), prediction(minute=15)])
    latest = await predictions.latest("baseline", until=AT + timedelta(minutes=14))
    assert latest == [prediction(minute=0)]


async def test_models_and_feeds_never_meet(
    database: Database, predictions: PredictionStore
) -> None:
    await predictions.store([prediction(), prediction(minute=15, model="other")])
    drawn = PredictionStore(database, "simulation:7", FeedKind.SIMULATION)
    assert await drawn.latest("baseline", until=AT + timedelta(hours=1)) == []
    assert await drawn.store([prediction()]) == 3
    latest = await predictions.latest("baseline", until=AT + timedelta(hours=1))
    assert latest == [prediction()]


async def test_nothing_is_nothing(predictions: PredictionStore) -> None:
    assert await predictions.store([]) == 0
    assert await predictions.latest("baseline", until=AT) == []
