"""What a model said stays as it was said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qt_trade.model.feeds import FeedKind
from qt_trade.model.predictions import HORIZONS_MIN, HorizonPrediction, Prediction, Skill
from qt_trade.model.symbols import symbol
from qt_trade.storage.database import Database
from qt_trade.storage.predictions import PredictionStore

pytestmark = pytest.mark.asyncio

AT = datetime(2013, 10, 4, 14, 0, tzinfo=UTC)


def prediction(minute: int = 0, model: str = "baseline") -> Prediction:
    return Prediction(
        symbol=symbol("AAPL"),
        at=AT + timedelta(minutes=minute),
        price=482.5,
        horizons=tuple(
            HorizonPrediction(
                minutes, 483.1, 0.1 / minutes, 0.6, 480.0, 486.25, model, Skill.NO_SKILL
            )
            for minutes in HORIZONS_MIN
        ),
    )


@pytest.fixture
def predictions(database: Database) -> PredictionStore:
    return PredictionStore(database, "replay:october", FeedKind.REPLAY)


async def test_what_was_said_is_never_rewritten(predictions: PredictionStore) -> None:
    assert await predictions.store([prediction()]) == 3
    assert await predictions.store([prediction()]) == 0
    assert await predictions.store([replace(prediction(), price=999.0)]) == 0
    assert await predictions.store([prediction(15), prediction(30)]) == 6


async def test_models_and_feeds_never_meet(
    database: Database, predictions: PredictionStore
) -> None:
    await predictions.store([prediction()])
    assert await predictions.store([prediction(model="other")]) == 3
    drawn = PredictionStore(database, "simulation:7", FeedKind.SIMULATION)
    assert await drawn.store([prediction()]) == 3


async def test_nothing_is_nothing(predictions: PredictionStore) -> None:
    assert await predictions.store([]) == 0
