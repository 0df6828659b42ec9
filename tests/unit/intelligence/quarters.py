"""Drawn quarters of an hour, as ``feature_frame`` takes them, with a half day among the days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

FIRST = date(2026, 11, 2)
HALF_DAY = date(2026, 11, 27)
HOLIDAY = date(2026, 11, 26)
BAR = timedelta(minutes=15)


def days(count: int) -> list[date]:
    """The first sessions from ``FIRST`` on: Thanksgiving week is the fourth."""
    dates = (FIRST + timedelta(days=number) for number in range(2 * count + 4))
    return [day for day in dates if day.weekday() < 5 and day != HOLIDAY][:count]


def length_of(day: date) -> int:
    return 210 if day == HALF_DAY else 390


def start(day: date, minute: int) -> datetime:
    """When a bar begins: the exchange opens at 14:30 UTC in winter."""
    return datetime.combine(day, time(14, 30), UTC) + timedelta(minutes=minute)


def places(count: int) -> list[tuple[date, int]]:
    """Session and minute of every bar of the first sessions."""
    return [(day, minute) for day in days(count) for minute in range(0, length_of(day), 15)]


def frame(
    symbol: str,
    closes: Sequence[float],
    *,
    volumes: Sequence[float] | None = None,
    sector: str | None = None,
) -> pl.DataFrame:
    """One symbol's bars from ``FIRST`` on; each opens at the close before."""
    at = places(len(closes) // 14 + 1)[: len(closes)]
    close = np.asarray(closes, dtype=np.float64)
    opened = np.concatenate([close[:1], close[:-1]])
    schema = {"at": pl.Datetime("us", "UTC"), "sector": pl.String, "dispersion": pl.Float64}
    return pl.DataFrame(
        {
            "symbol": [symbol] * len(at),
            "at": [start(day, minute) for day, minute in at],
            "open": opened,
            "high": np.maximum(opened, close) * 1.001,
            "low": np.minimum(opened, close) * 0.999,
            "close": close,
            "volume": [1000.0] * len(at) if volumes is None else list(volumes),
            "session": [day for day, _ in at],
            "minute": [minute for _, minute in at],
            "session_minutes": [length_of(day) for day, _ in at],
            "sector": [sector] * len(at),
            "dispersion": np.full(len(at), 0.0004),
        },
        schema_overrides=schema,
    )


def drawn(symbols: Sequence[str], sessions: int, seed: int = 7) -> pl.DataFrame:
    """Random walks of several symbols, in two sectors by turns; the market's has none."""
    rng = np.random.default_rng(seed)
    count = len(places(sessions))
    made = []
    for number, symbol in enumerate(symbols):
        closes = 50.0 * (number + 1) * np.exp(np.cumsum(rng.normal(0, 0.003, count)))
        volumes = rng.lognormal(10, 0.5, count).round()
        sector = None if symbol == "SPY" else ("Energy", "Utilities")[number % 2]
        made.append(frame(symbol, closes.tolist(), volumes=volumes.tolist(), sector=sector))
    return pl.concat(made)
