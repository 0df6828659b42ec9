"""What the consensus of one symbol costs, beside the bare median of the same prices."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from qt_trade.bench.result import Row, figure
from qt_trade.market.consensus import judge
from qt_trade.market.evidence import Policy, Said
from qt_trade.market.figures import last_price
from qt_trade.model.symbols import Symbol

SOURCES = (3, 7)
_NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
_DISTINCT = 500
_VENDOR = "bench"
_WRONG, _OLD = 1, 3
"""Places among the sources: the second is 5 % off, the fourth, where there is one, a minute old."""


def consensus_rows(count: int, repeats: int) -> list[Row]:
    """Measure CPU time; of the sources one is wrong, and of many one is too old."""
    return [_row(sources, count, repeats) for sources in SOURCES]


def _row(sources: int, count: int, repeats: int) -> Row:
    rng = random.Random(sources)  # noqa: S311  # nobody is to guess it
    sets = [_said(rng, number, sources) for number in range(_DISTINCT)]
    prices = [[one.quote.price for one in said] for said in sets]
    policy = Policy()
    ours = _cpu_us(lambda number: judge(sets[number], {}, policy, _NOW), count, repeats)
    bare = _cpu_us(lambda number: median(prices[number]), count, repeats)
    return figure(f"consensus of {sources} sources with its evidence, a symbol", ours, "µs", bare)


def _said(rng: random.Random, number: int, sources: int) -> Sequence[Said]:
    price = rng.uniform(10, 500)
    said = []
    for source in range(sources):
        off = 1.05 if source == _WRONG else 1 + rng.uniform(-2e-4, 2e-4)
        age_s = 60.0 if source == _OLD else rng.uniform(0, 5)
        quote = last_price(
            _VENDOR,
            Symbol(f"S{number}"),
            _NOW - timedelta(seconds=age_s),
            round(price * off, 2),
            bid=round(price * off * 0.9999, 2),
            ask=round(price * off * 1.0001, 2),
        )
        said.append(Said(f"source{source}", quote, streamed=source % 2 == 0))
    return said


def _cpu_us(work: Callable[[int], object], count: int, repeats: int) -> float:
    """Return the microseconds of CPU that a piece of work takes."""
    times = []
    for _ in range(repeats + 1):
        began = time.process_time()
        for number in range(count):
            work(number % _DISTINCT)
        times.append((time.process_time() - began) / count * 1e6)
    # The first warms up and does not count.
    return median(times[1:])
