"""How long the candle chart takes from a quote to its picture."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import numpy as np
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from qt_trade.desktop.app import prepare
from qt_trade.desktop.items.bar_series import BarSeries
from qt_trade.desktop.items.candle_chart import CandleChart

WIDTH, HEIGHT = 1100, 560
_OPEN = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
_SESSION_MIN, _DAY_S = 390, 86_400


def repaints(bars: int, repeats: int) -> tuple[float, float, float]:
    """Return medians in ms: of the usual view, of all bars in view, of copying such a picture."""
    application = QGuiApplication.instance() or prepare(["qtrade-bench"])
    series = _series(bars)
    chart = CandleChart()
    chart.setWidth(WIDTH)
    chart.setHeight(HEIGHT)
    chart.setProperty("interval", "1m")
    chart.setProperty("series", series)
    target = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    painter = QPainter(target)
    prices = iter(100.0 + 0.01 * (number % 50) for number in range(10 * repeats))

    def one() -> None:
        series.apply_quote(next(prices), series.now_s + 0.001)
        chart.paint(painter)

    try:
        usual = _median_ms(one, repeats)
        for _ in range(bars.bit_length()):
            chart.zoomOut()
        whole = _median_ms(one, repeats)
        picture = target.copy()
        blit = _median_ms(lambda: painter.drawImage(0, 0, picture), repeats)
    finally:
        painter.end()
        del application
    return usual, whole, blit


def _median_ms(work: Callable[[], None], repeats: int) -> float:
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return median(times)


def _series(count: int) -> BarSeries:
    """Return a random walk of one-minute bars over as many sessions as it takes."""
    number = np.arange(count)
    at = int(_OPEN.timestamp()) + number // _SESSION_MIN * _DAY_S + number % _SESSION_MIN * 60
    rng = np.random.default_rng(1)
    close = 100 + np.cumsum(rng.normal(0, 0.02, count))
    opened = np.concatenate(([100.0], close[:-1]))
    reach = rng.uniform(0, 0.02, count)
    series = BarSeries()
    series.set_bars(
        at, opened, np.maximum(opened, close) + reach, np.minimum(opened, close) - reach, close,
        rng.integers(100, 10_000, count),
    )  # fmt: skip
    return series
