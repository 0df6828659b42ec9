"""A recording for tests: seeded minutes of four symbols that rise and fall, and one that rests."""

import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

SYMBOLS = {"AAA": 50.0, "BBB": 120.0, "CCC": 20.0, "DDD": 250.0}
RESTING = "EEE"
"""Nothing to trade on for a strategy: what is traded in it, a person traded."""
OPENS = (datetime(2013, 10, 7, 13, 30, tzinfo=UTC), datetime(2013, 10, 8, 13, 30, tzinfo=UTC))
MINUTES = 390
WAVE_MIN = 120.0
"""Prices swing in waves of two hours, so that every symbol gives reasons to buy and to sell."""


def write_recording(path: Path) -> Path:
    """Write two sessions of one-minute bars with bid, ask and sizes."""
    rng = random.Random(20131007)
    rows = []
    for index, (symbol, start) in enumerate({**SYMBOLS, RESTING: 80.0}.items()):
        price = start
        for opened in OPENS:
            for minute in range(MINUTES):
                swing = (
                    (symbol != RESTING) * 0.0004 * math.sin(2 * math.pi * minute / WAVE_MIN + index)
                )
                before = price
                price = round(
                    before * math.exp(swing + rng.gauss(0.0, 0.0002 * (symbol != RESTING))), 2
                )
                high, low = max(before, price) + 0.01, min(before, price) - 0.01
                rows.append(
                    {
                        "symbol": symbol,
                        "ts": opened + timedelta(minutes=minute),
                        "open": before,
                        "high": round(high, 2),
                        "low": round(low, 2),
                        "close": price,
                        "volume": rng.randint(1_000, 20_000),
                        "bid": round(price - 0.01, 2),
                        "bid_size": rng.randint(5, 50) * 100,
                        "ask": round(price + 0.01, 2),
                        "ask_size": rng.randint(5, 50) * 100,
                    }
                )
    pl.DataFrame(rows).sort("ts", "symbol").write_parquet(path)
    return path
