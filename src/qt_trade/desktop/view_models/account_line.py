"""The account's line over the day: a point per minute from the log, the newest from the summary."""

from decimal import Decimal

from PySide6.QtCore import QObject

from qt_trade.desktop.items.equity_series import EquitySeries
from qt_trade.desktop.snapshot import Snapshot

Known = tuple[int, float, float, Decimal | None]


class AccountLine:
    """Feeds the series; does nothing while nothing changed."""

    def __init__(self, parent: QObject) -> None:
        self.series = EquitySeries(parent)
        self._known: Known | None = None
        self._seen: tuple[int, object, object] = (-1, None, None)
        self._trades = 0
        self._newest_trade = ""

    def forget(self) -> None:
        """Let go of what was drawn: another backend follows."""
        self._known, self._trades, self._newest_trade = None, 0, ""
        self.series.clear()

    def show(self, desk: Snapshot) -> None:
        """Take over the snapshot."""
        self._show_points(desk)
        self._show_trades(desk)

    def _is_new(self, desk: Snapshot) -> bool:
        newest = desk.equity[-1] if desk.equity else None
        before, self._seen = self._seen, (len(desk.equity), newest, desk.summary)
        return before[0] != len(desk.equity) or any(
            was is not now for was, now in zip(before[1:], self._seen[1:], strict=True)
        )

    def _show_points(self, desk: Snapshot) -> None:
        if not self._is_new(desk):
            return
        points = [(p.feed_ts.timestamp(), float(p.total_value)) for p in desk.own_equity()]
        summary = desk.summary
        start = None if summary is None else summary.day_start_value
        if summary is not None and summary.total_value is not None:
            now_s = summary.feed_ts.timestamp()
            if not points or now_s > points[-1][0]:
                points.append((now_s, float(summary.total_value)))
        if not points:
            return
        known = (len(points), *points[-1], start)
        if known == self._known:
            return
        self._known = known
        ordered = sorted(points)
        self.series.set_points([at for at, _ in ordered], [value for _, value in ordered])
        self.series.set_previous_close(None if start is None else float(start))

    def _show_trades(self, desk: Snapshot) -> None:
        trades = desk.own_trades()
        newest = trades[-1].fill_id if trades else ""
        if (len(trades), newest) == (self._trades, self._newest_trade):
            return
        self._trades, self._newest_trade = len(trades), newest
        self.series.set_trades([(t.feed_ts.timestamp(), t.side.value.lower()) for t in trades])
