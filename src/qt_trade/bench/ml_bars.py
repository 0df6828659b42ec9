"""Drawn 15-minute bars for measurements: random walks, always the same ones."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

from qt_trade.intelligence.features import BAR_MIN, MARKET

SEED = 7
SESSIONS = 60
HORIZONS_MIN = (15, 30, 60)

_FIRST = date(2026, 6, 1)
_OPEN = time(13, 30)
_SESSION_MIN = 390
_SECTORS = 11
_WEEKEND = 5


def drawn_bars(symbols: int, sessions: int = SESSIONS) -> pl.DataFrame:
    """Return so many symbols' bars, one of them the market's, as ``feature_frame`` takes them."""
    rng = np.random.default_rng(SEED)
    days = _days(sessions)
    minutes = range(0, _SESSION_MIN, BAR_MIN)
    count = len(days) * len(minutes)
    starts = [
        datetime.combine(day, _OPEN, UTC) + timedelta(minutes=m) for day in days for m in minutes
    ]
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.002, (symbols, count)), axis=1))
    opens = np.concatenate([np.full((symbols, 1), 100.0), closes[:, :-1]], axis=1)
    names = sorted([MARKET, *(f"S{number:03}" for number in range(1, symbols))])
    schema = {"at": pl.Datetime("us", "UTC"), "dispersion": pl.Float64()}
    return pl.DataFrame(
        {
            "symbol": np.repeat(names, count),
            "at": starts * symbols,
            "open": opens.ravel(),
            "high": (np.maximum(opens, closes) * 1.001).ravel(),
            "low": (np.minimum(opens, closes) * 0.999).ravel(),
            "close": closes.ravel(),
            "volume": rng.integers(1_000, 100_000, symbols * count),
            "session": [day for day in days for _ in minutes] * symbols,
            "minute": [minute for _ in days for minute in minutes] * symbols,
            "session_minutes": np.full(symbols * count, _SESSION_MIN),
            "sector": np.repeat(
                [f"sector {number % _SECTORS}" for number in range(symbols)], count
            ),
            "dispersion": np.full(symbols * count, 0.0002),
        },
        schema_overrides=schema,
    )


def _days(count: int) -> list[date]:
    found: list[date] = []
    day = _FIRST
    while len(found) < count:
        if day.weekday() < _WEEKEND:
            found.append(day)
        day += timedelta(days=1)
    return found
