"""``bench pipeline``: from the provider's quote to the changed cell of the desktop's model.

The real streamer in one process, a real Valkey, the real desktop in this process: its link, its
snapshot and its watch list, in a Qt event loop with a window nobody sees. A quote that is
overtaken by a newer one before the next frame counts as shown when the newer one is.
"""

import multiprocessing
import os
from ctypes import c_int64
from dataclasses import dataclass

from qt_trade.bench.floor import pubsub_floor
from qt_trade.bench.result import Result, figure, of_repeats, value_at_most
from qt_trade.bench.server import own_valkey
from qt_trade.bench.streaming import Load, stream
from qt_trade.kit.logs import configure_logs
from qt_trade.model.feeds import FeedKind

P50_MS_MAX, P99_MS_MAX = 25.0, 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: ``repeats`` of ``quotes``, each after ``floors`` of the floor."""

    repeats: int = 5
    quotes: int = 1000
    warm_up: int = 200
    floors: int = 500
    symbols: int = 10
    rate: float = 200.0

    @property
    def load(self) -> Load:
        """What the streamer is told to be ready for."""
        return Load(self.symbols, self.rate, self.warm_up + self.repeats * self.quotes, seed=1)


def measure(plan: Plan | None = None) -> Result:
    """Measure; takes about half a minute by default."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_QUICK_BACKEND"] = "software"
    configure_logs(role="desktop", feed=FeedKind.SIMULATION, run_id="bench", level="WARNING")
    with own_valkey() as url:
        return _measure(url, plan or Plan())


def _measure(url: str, plan: Plan) -> Result:
    from qt_trade.bench.screen import screen_on  # noqa: PLC0415  # Qt reads the environment

    context = multiprocessing.get_context("spawn")
    handed_over = context.RawArray(c_int64, plan.load.quotes_max)
    orders, theirs = context.Pipe()
    streamer = context.Process(target=stream, args=(url, plan.load, handed_over, theirs))
    streamer.start()
    times: list[list[float]] = []
    floors: list[list[float]] = []
    try:
        with screen_on(url, plan.load, handed_over, orders) as screen:
            screen.show(plan.warm_up)
            for _ in range(plan.repeats):
                floors.append(pubsub_floor(url, plan.floors))
                times.append(screen.show(plan.quotes))
    finally:
        streamer.terminate()
        streamer.join()
    return _result(times, floors, plan)


def _result(times: list[list[float]], floors: list[list[float]], plan: Plan) -> Result:
    p50, p99 = of_repeats(times, 0.5), of_repeats(times, 0.99)
    floor_50, floor_99 = of_repeats(floors, 0.5), of_repeats(floors, 0.99)
    name = "provider quote → changed cell"
    return Result(
        "pipeline",
        (
            value_at_most(f"{name}, p50", p50, "ms", P50_MS_MAX, floor_50),
            value_at_most(f"{name}, p99", p99, "ms", P99_MS_MAX, floor_99),
            figure("quotes measured", sum(map(len, times)), "quotes"),
            figure("rate of quotes", plan.rate, "1/s"),
        ),
    )
