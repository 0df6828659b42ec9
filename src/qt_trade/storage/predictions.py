"""What models expected, as they said it at the time: never rewritten afterwards."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert

from qt_trade.model.feeds import FeedKind
from qt_trade.model.predictions import HorizonPrediction, Prediction
from qt_trade.model.symbols import Symbol
from qt_trade.storage.database import Database
from qt_trade.storage.tables import PREDICTIONS

_Row = Row[tuple[object, ...]]


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

    async def latest(self, model: str, *, until: datetime) -> list[Prediction]:
        """Return each symbol's newest prediction made by ``until`` (feed time), by symbol.

        ``until`` has no default: an earlier lap of a replay may have stored what is still to come.
        """
        mine = (
            (PREDICTIONS.c.source_key == self._source_key)
            & (PREDICTIONS.c.model == model)
            & (PREDICTIONS.c.at <= until)
        )
        newest = (
            select(PREDICTIONS.c.symbol, func.max(PREDICTIONS.c.at).label("at"))
            .where(mine)
            .group_by(PREDICTIONS.c.symbol)
            .subquery()
        )
        same = (PREDICTIONS.c.symbol == newest.c.symbol) & (PREDICTIONS.c.at == newest.c.at)
        wanted = (
            select(PREDICTIONS)
            .join(newest, same)
            .where(mine)
            .order_by(PREDICTIONS.c.symbol, PREDICTIONS.c.horizon_min)
        )
        async with self._database.transaction() as connection:
            rows: Sequence[_Row] = (await connection.execute(wanted)).all()
        return [_prediction(list(group)) for _, group in groupby(rows, key=_symbol_of)]

    def _rows(self, prediction: Prediction) -> list[dict[str, object]]:
        return [
            {
                "source_key": self._source_key,
                "feed": self._feed.value,
                "symbol": prediction.symbol,
                "model": prediction.model,
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


def _symbol_of(row: _Row) -> str:
    symbol: str = row.symbol
    return symbol


def _prediction(rows: Sequence[_Row]) -> Prediction:
    first = rows[0]
    return Prediction(
        symbol=Symbol(first.symbol),
        at=first.at.astimezone(UTC),
        price=first.base_price,
        model=first.model,
        horizons=tuple(
            HorizonPrediction(
                horizon_min=row.horizon_min,
                price=row.price,
                expected_return=row.expected_return,
                confidence=row.confidence,
                low=row.low,
                high=row.high,
            )
            for row in rows
        ),
    )
