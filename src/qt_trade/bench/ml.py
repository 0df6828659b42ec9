"""``bench ml``: features and predictions of a moment, trainings and their memory.

Of drawn bars, always the same; each figure against a plain script with polars and LightGBM.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from qt_trade.bench.result import Result, Row, figure, value_at_most

if TYPE_CHECKING:
    import lightgbm
    import polars as pl

    from qt_trade.intelligence.learning.learnt import Learnt

MOMENT_MAX_MS = 250.0
TRAINING_MAX_S = 30.0
MEMORY_MAX_GB = 2.0
_FLOOR = (
    "Floor: a plain script with polars and LightGBM in the same run. For a moment it computes the"
    " same features without a care for missing bars and asks one booster a horizon; of a training it"
    " is one fit a horizon, without the folds, the controls and the audit that judge the model."
)
_MEMORY = "Memory is the most that the training's process ever held, with all libraries."


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. ``sizes``: symbols of a moment, the last of them with a gate."""

    sizes: tuple[int, ...] = (20, 500)
    symbols: int = 20
    sessions: int = 60
    trainings: int = 3
    repeats: int = 7


@dataclass(frozen=True, slots=True)
class _Cost:
    seconds: float
    peak_gb: float


def measure(plan: Plan | None = None) -> Result:
    """Measure; takes about a minute by default."""
    chosen = plan or Plan()
    with tempfile.TemporaryDirectory(prefix="qtrade-bench-") as folder:
        # First of all: Linux counts what its parent held as memory of a child.
        rows = _trainings(chosen, Path(folder))
        rows += _moments(chosen, Path(folder))
    return Result("ml", tuple(rows), (_FLOOR, _MEMORY))


def _trainings(plan: Plan, folder: Path) -> list[Row]:
    ours, plain = (
        [_trained(how, plan, folder) for _ in range(plan.trainings)] for how in ("ours", "plain")
    )
    seconds, floor_s = (median(one.seconds for one in costs) for costs in (ours, plain))
    peak, floor_gb = (max(one.peak_gb for one in costs) for costs in (ours, plain))
    of = f"{plan.symbols} symbols x {plan.sessions} days"
    return [
        value_at_most(f"training of 3 horizons, {of}", seconds, "s", TRAINING_MAX_S, floor_s),
        value_at_most(f"most memory of it, {of}", peak, "GB", MEMORY_MAX_GB, floor_gb),
    ]


def _trained(how: str, plan: Plan, folder: Path) -> _Cost:
    command = (sys.executable, "-m", "qt_trade.bench.ml_training", how)
    asked = (*command, str(plan.symbols), str(plan.sessions), str(folder))
    said = subprocess.run(asked, check=True, capture_output=True)  # noqa: S603  # our own program
    cost = json.loads(said.stdout)
    return _Cost(cost["seconds"], cost["peak_bytes"] / 1e9)


def _moments(plan: Plan, folder: Path) -> list[Row]:
    import lightgbm  # noqa: PLC0415  # after the trainings, see above

    from qt_trade.bench.ml_bars import HORIZONS_MIN  # noqa: PLC0415  # as above
    from qt_trade.intelligence.learning.learnt import Learnt  # noqa: PLC0415  # as above

    kept = [Learnt.from_bytes((folder / f"ours-{one}").read_bytes()) for one in HORIZONS_MIN]
    plain = [lightgbm.Booster(model_file=str(folder / f"plain-{one}")) for one in HORIZONS_MIN]
    return [_moment(symbols, plan, kept, plain) for symbols in plan.sizes]


def _moment(
    symbols: int, plan: Plan, kept: Sequence["Learnt"], plain: Sequence["lightgbm.Booster"]
) -> Row:
    from qt_trade.bench.ml_bars import drawn_bars  # noqa: PLC0415  # after the trainings
    from qt_trade.bench.ml_plain import plain_predict  # noqa: PLC0415  # as above

    bars = drawn_bars(symbols, plan.sessions)
    ours_ms = _median_ms(lambda: _predicted(bars, kept), plan.repeats)
    floor_ms = _median_ms(lambda: plain_predict(bars, plain), plan.repeats)
    name = f"features and predictions, {symbols} symbols x {plan.sessions} days"
    if symbols == plan.sizes[-1]:
        return value_at_most(name, ours_ms, "ms", MOMENT_MAX_MS, floor_ms)
    return figure(name, ours_ms, "ms", floor_ms)


def _predicted(bars: "pl.DataFrame", kept: Sequence["Learnt"]) -> int:
    """Do what the job of predictions does when the bars are read; return how many are made."""
    from qt_trade.intelligence.features import BAR_MIN, features_at  # noqa: PLC0415  # as above
    from qt_trade.intelligence.learning.inference import expect  # noqa: PLC0415  # as above

    last: datetime = bars["at"][-1]
    rows = features_at(bars, [last + timedelta(minutes=BAR_MIN)])
    return sum(len(expect(one, rows)) for one in kept)


def _median_ms(work: Callable[[], object], repeats: int) -> float:
    work()  # warms up
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begun))
    return median(times)
