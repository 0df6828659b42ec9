"""What models expected, as they said it at the time: never rewritten afterwards."""

from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert

from qt_trade.model.feeds import FeedKind
from qt_trade.model.predictions import Prediction
from qt_trade.storage.database import Database
from qt_trade.storage.tables import PREDICTIONS


class PredictionStore:
    """The predictions of one feed."""

    def __init__(self, database: Database, source_key: str, feed: FeedKind) -> None:
        self._database = database
        self._source_key = source_key
        self._feed = feed

    async def store(self, predictions: Iterable[Prediction]) -> int:
        """Store what is not stored yet; return how many horizons were new.

        A prediction for the same symbol, moment, model and horizon stays as it was first made.
        """
        rows = [row for prediction in predictions for row in self._rows(prediction)]
        if not rows:
            return 0
        added = insert(PREDICTIONS).on_conflict_do_nothing().returning(PREDICTIONS.c.symbol)
        async with self._database.transaction() as connection:
            return len((await connection.execute(added, rows)).all())

    def _rows(self, prediction: Prediction) -> list[dict[str, object]]:
        return [
            {
                "source_key": self._source_key,
                "feed": self._feed.value,
                "symbol": prediction.symbol,
                "model": horizon.model,
                "at": prediction.at,
                "base_price": prediction.price,
                "horizon_min": horizon.horizon_min,
                "price": horizon.price,
                "expected_return": horizon.expected_return,
                "confidence": horizon.confidence,
                "low": horizon.low,
                "high": horizon.high,
            }
            for horizon in prediction.horizons
        ]
