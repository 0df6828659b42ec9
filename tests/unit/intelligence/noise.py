"""Drawn bars in which nothing can be foreseen, or only what a test plants in them.

Not kind: returns have fat tails (Student's t), all symbols share half of their variance, the day is
wild at its ends, and nights are gaps. A martingale in log prices all the same, unless told otherwise.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from qt_trade.intelligence.features import FEATURES, feature_frame
from qt_trade.intelligence.targets import with_targets

BARS = 26
"""Quarters of an hour in a session."""
_VOLATILITY = 0.0015
_SHARED = 0.5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """What is drawn. ``momentum``: the share of a return that the next one repeats.

    ``tails``: degrees of freedom. ``switching``: whether volatility jumps between one and two and a
    half from session to session, one time in ten. ``drift``: of a bar, turned round half way.
    """

    sessions: int = 40
    symbols: int = 3
    momentum: float = 0.0
    tails: int = 5
    switching: bool = False
    drift: float = 0.0


def bars(world: World, seed: int) -> pl.DataFrame:
    """Return bars as ``feature_frame`` takes them."""
    rng = np.random.default_rng(seed)
    returns = _returns(world, rng)
    nights = rng.normal(0, 4 * _VOLATILITY, (world.sessions, 1, world.symbols))
    steps = returns + np.concatenate([nights, np.zeros_like(returns[:, 1:])], axis=1)
    close = 100 * np.exp(np.cumsum(steps.reshape(-1, world.symbols), axis=0))
    opened = close * np.exp(-returns.reshape(-1, world.symbols))
    volume = rng.lognormal(10, 0.5, close.shape)
    days = [day for day in _days(world.sessions) for _ in range(BARS)]
    minutes = [15 * number for number in range(BARS)] * world.sessions
    starts = [
        datetime.combine(day, time(14, 30), UTC) + timedelta(minutes=minute)
        for day, minute in zip(days, minutes, strict=True)
    ]
    return pl.concat(
        pl.DataFrame(
            {
                "symbol": [f"S{number}"] * len(days),
                "at": starts,
                "open": opened[:, number],
                "high": np.maximum(opened, close)[:, number] * 1.0005,
                "low": np.minimum(opened, close)[:, number] * 0.9995,
                "close": close[:, number],
                "volume": volume[:, number],
                "session": days,
                "minute": minutes,
                "session_minutes": [15 * BARS] * len(days),
                "sector": [None] * len(days),
                "dispersion": [None] * len(days),
            },
            schema_overrides={
                "at": pl.Datetime("us", "UTC"),
                "sector": pl.String,
                "dispersion": pl.Float64,
            },
        )
        for number in range(world.symbols)
    )


def frame(world: World, seed: int, horizon_min: int = 15) -> pl.DataFrame:
    """Return the features and targets of drawn bars, made as a training's are."""
    drawn = bars(world, seed)
    return with_targets(feature_frame(drawn), drawn, (horizon_min,))


def _returns(world: World, rng: np.random.Generator) -> Floats:
    def fat(*shape: int) -> Floats:
        drawn = rng.standard_t(world.tails, shape)
        return np.asarray(drawn * np.sqrt((world.tails - 2) / world.tails))

    market = fat(world.sessions, BARS, 1)
    own = fat(world.sessions, BARS, world.symbols)
    day = 1.0 + 0.8 * np.linspace(-1, 1, BARS) ** 2
    spread = _VOLATILITY * day[:, None] * np.exp(0.3 * rng.normal(size=world.symbols))
    returns = spread * (np.sqrt(_SHARED) * market + np.sqrt(1 - _SHARED) * own)
    if world.switching:
        wild = np.cumsum(rng.random(world.sessions) < 0.1) % 2
        returns *= np.where(wild, 2.5, 1.0)[:, None, None]
    for bar in range(1, BARS):
        returns[:, bar] += world.momentum * returns[:, bar - 1]
    turned = np.where(np.arange(world.sessions) < world.sessions // 2, 1.0, -1.0)
    return np.asarray(returns + world.drift * turned[:, None, None])


def _days(count: int) -> list[date]:
    dates = (date(2026, 1, 5) + timedelta(days=number) for number in range(2 * count))
    return [day for day in dates if day.weekday() < 5][:count]


__all__ = ["BARS", "FEATURES", "World", "bars", "frame"]
