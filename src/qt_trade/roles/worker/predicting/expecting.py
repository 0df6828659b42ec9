"""What trained models expect at a moment, worked out in a thread of its own.

Nothing imports this but that thread, and only where there is a model: LightGBM takes seconds to
load, and the bars of 500 symbols their time to be read; the worker's loop goes on meanwhile.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from qt_trade.intelligence.features import WARM_UP_SESSIONS, features_at
from qt_trade.intelligence.learning.inference import Expectation, expect
from qt_trade.intelligence.learning.learnt import DamagedModelError, Learnt
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.model.symbols import Symbol
from qt_trade.wiring.learning_bars import learning_bars


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the bars are: the database, the feed's name in it, and the exchange's calendar."""

    database_url: str
    source_key: str
    sessions: Sessions


@dataclass(frozen=True, slots=True)
class Expected:
    """What one model expects, by symbol; ``trouble``: why it can say nothing at all."""

    by_symbol: Mapping[str, Expectation]
    trouble: str = ""


def expected(
    ground: Ground, symbols: Iterable[str], moment: datetime, models: Mapping[str, Learnt]
) -> dict[str, Expected]:
    """Return what each model expects of each symbol at ``moment``, the end of a quarter.

    Raises UnreachableError.
    """
    bars = asyncio.run(_load(ground, [Symbol(one) for one in symbols], moment))
    rows = features_at(bars, [moment]).filter(pl.col("at") == moment)
    return {model_id: _of(model_id, learnt, rows) for model_id, learnt in models.items()}


def _of(model_id: str, learnt: Learnt, rows: pl.DataFrame) -> Expected:
    unknown = {*learnt.features, *learnt.volatility} - set(rows.columns)
    if unknown:
        return Expected(
            {}, f"it learnt from {', '.join(sorted(unknown))}, which is no feature here"
        )
    try:
        return Expected({one.symbol: one for one in expect(learnt, rows)})
    except DamagedModelError as damaged:
        # The others, and the baseline, speak all the same.
        get_logger().error("model.unreadable", model=model_id, words=str(damaged))
        return Expected({}, str(damaged))


async def _load(ground: Ground, symbols: list[Symbol], moment: datetime) -> pl.DataFrame:
    begun = [one for one in ground.sessions.all if one.open <= moment]
    since = begun[max(0, len(begun) - 1 - WARM_UP_SESSIONS)].open if begun else moment
    async with learning_bars(ground.database_url, ground.source_key, ground.sessions) as bars:
        return await bars.load(symbols, since, moment)
