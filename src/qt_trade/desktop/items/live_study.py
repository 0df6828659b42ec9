"""The study of a series that lives: a quote changes its last bar, and only that is worked out anew.

Smoothing twenty thousand bars for each quote costs more than the picture itself.
"""

from qt_trade.desktop.items.bar_series import BarSeries
from qt_trade.desktop.items.study import Before, Study, begun, go_on


class LiveStudy:
    """Keeps the last study and goes on from it while nothing before its last bar changed."""

    def __init__(self) -> None:
        self._made: Study | None = None
        self._before: Before | None = None
        self._key: tuple[object, ...] = ()
        self._live = 0
        self.begun = 0
        """How many studies were made from the beginning."""

    def of(self, series: BarSeries, minutes: int, *, with_rsi: bool) -> Study:
        """Return what is drawn of a series at an interval; the same object may have changed."""
        key = (series, series.rewritten, minutes, with_rsi)
        made, before, live = self._made, self._before, len(series.bars)
        if made is not None and before is not None and key == self._key:
            newest = series.bars.newest(before.minutes + live - self._live)
            made, before = go_on(made, before, newest, with_rsi=with_rsi)
        else:
            made, before = self._begin(series, minutes, with_rsi=with_rsi)
        self._made, self._before, self._key, self._live = made, before, key, live
        return made

    def _begin(
        self, series: BarSeries, minutes: int, *, with_rsi: bool
    ) -> tuple[Study, Before | None]:
        self.begun += 1
        bars = series.of(minutes)
        made, before = begun(bars, minutes, with_rsi=with_rsi)
        if before is None or not before.smoothing.is_begun:
            return made, None
        # The last bar may be a stored one still, or made of stored ones: no minutes to go on from.
        live, place = series.bars.start, len(bars) - before.minutes
        alive = before.minutes <= len(live) and live[-before.minutes] == bars.start[place]
        return made, before if alive else None
