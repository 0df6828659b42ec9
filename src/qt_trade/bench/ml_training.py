"""``python -m qt_trade.bench.ml_training ours|plain SYMBOLS DAYS FOLDER``: one training in its own process.

Prints how long it took, without imports and drawing of bars, and the most memory the process ever
held; leaves the models in the folder.
"""

import json
import resource
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import polars as pl

from qt_trade.bench.ml_bars import HORIZONS_MIN, SEED, drawn_bars
from qt_trade.bench.ml_plain import plain_train
from qt_trade.intelligence.features import FEATURES, feature_frame
from qt_trade.intelligence.learning.training import TrainingPlan, train
from qt_trade.intelligence.peeking import peeking, some_moments
from qt_trade.intelligence.targets import with_targets

"""Moments at which it is looked whether a feature peeks."""
_KIB = 1024


def main(arguments: Sequence[str]) -> int:
    """Train, say what it took."""
    how, symbols, sessions, folder = arguments
    bars = drawn_bars(int(symbols), int(sessions))
    begun = time.perf_counter()
    models = _plain(bars) if how == "plain" else _ours(bars)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB
    for horizon_min, content in zip(HORIZONS_MIN, models, strict=True):
        (Path(folder) / f"{how}-{horizon_min}").write_bytes(content)
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_bytes": peak}) + "\n")
    return 0


def _ours(bars: pl.DataFrame) -> list[bytes]:
    """Train every horizon with its validation, its controls and its audit, as a worker does."""
    frame = with_targets(feature_frame(bars), bars, HORIZONS_MIN)
    plan = TrainingPlan(
        features=FEATURES,
        audit=cache(lambda: tuple(peeking(feature_frame, bars, some_moments(frame, SEED)))),
        seed=SEED,
    )
    trained = (train(frame, one, plan, lambda _: None, lambda: False) for one in HORIZONS_MIN)
    return [one.learnt.to_bytes() for one in trained]


def _plain(bars: pl.DataFrame) -> list[bytes]:
    return [booster.model_to_string().encode() for booster in plain_train(bars)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
