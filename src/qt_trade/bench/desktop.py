"""``bench desktop``: what the desktop costs its machine, and how soon it is there.

The real streamer in one process tells quotes of a long watch list; the real desktop, drawn in
software without a display, follows them in this one. ``GUI thread`` is that thread's CPU time
against the wall's; beside it stands what the same thread takes while nothing is told. The candle
chart is painted after every quote, as it is while somebody looks at it.
"""

import multiprocessing
import os
from ctypes import c_int64
from dataclasses import dataclass

from qt_trade.bench.result import Result, Row, figure, of_repeats, value_at_most
from qt_trade.bench.server import own_valkey
from qt_trade.bench.start import first_frames
from qt_trade.bench.streaming import Load, stream
from qt_trade.kit.logs import configure_logs
from qt_trade.model.feeds import FeedKind

GUI_CPU_PCT_MAX = 20.0
SHOWN_P99_MS_MAX = 60.0
REPAINT_MS_MAX = 4.0
START_S_MAX = 0.6


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: so many seconds of quotes, repeats, bars and starts."""

    symbols: int = 500
    rate: float = 5_000.0
    seconds: float = 4.0
    repeats: int = 3
    bars: int = 20_000
    repaints: int = 100
    starts: int = 5

    @property
    def quotes(self) -> int:
        """Quotes of one repeat."""
        return int(self.rate * self.seconds)

    @property
    def load(self) -> Load:
        """What the streamer is told to be ready for: a warm-up, then two runs of each repeat."""
        return Load(self.symbols, self.rate, (1 + 2 * self.repeats) * self.quotes, seed=1)


def measure(plan: Plan | None = None) -> Result:
    """Measure; takes about a minute by default."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_QUICK_BACKEND"] = "software"
    configure_logs(role="desktop", feed=FeedKind.SIMULATION, run_id="bench", level="WARNING")
    plan = plan or Plan()
    with own_valkey() as url:
        starts = first_frames(url, plan.starts)
        rows = _watch_list(url, plan)
    return Result("desktop", (*rows, *_chart(plan), starts.row(START_S_MAX)))


def _watch_list(url: str, plan: Plan) -> tuple[Row, ...]:
    from qt_trade.bench.burden import Burden  # noqa: PLC0415  # Qt reads the environment
    from qt_trade.bench.screen import screen_on  # noqa: PLC0415

    context = multiprocessing.get_context("spawn")
    handed_over = context.RawArray(c_int64, plan.load.quotes_max)
    orders, theirs = context.Pipe()
    streamer = context.Process(target=stream, args=(url, plan.load, handed_over, theirs))
    streamer.start()
    busy: list[float] = []
    times: list[list[float]] = []
    try:
        with screen_on(url, plan.load, handed_over, orders) as screen:
            screen.open_page("Markets")
            screen.show(plan.quotes)
            burden = Burden(plan.seconds)
            idle = burden.share()
            for _ in range(plan.repeats):
                with screen.unwatched(plan.quotes):
                    busy.append(burden.share())
                times.append(screen.show(plan.quotes))
    finally:
        streamer.terminate()
        streamer.join()
    load = f"{plan.symbols} symbols, {plan.rate:,.0f} quotes/s"
    gui = of_repeats([[share] for share in busy], 0.5)
    return (
        value_at_most(f"GUI thread, {load}", gui, "%", GUI_CPU_PCT_MAX, idle),
        value_at_most(
            f"quote → cell, p99, {load}", of_repeats(times, 0.99), "ms", SHOWN_P99_MS_MAX
        ),
        figure(f"quote → cell, p50, {load}", of_repeats(times, 0.5), "ms"),
    )


def _chart(plan: Plan) -> tuple[Row, ...]:
    from qt_trade.bench.repaint import repaints  # noqa: PLC0415  # Qt reads the environment

    default, whole, blit = repaints(plan.bars, plan.repaints)
    name = f"candle chart, {plan.bars:,} bars, quote and repaint"
    return (
        value_at_most(name, default, "ms", REPAINT_MS_MAX, blit),
        figure(f"{name}, all of them in view", whole, "ms", blit),
    )
