"""The charts' data: the selected symbol's candles and the account's value over the day."""

from datetime import datetime

from PySide6.QtCore import Property, QObject

from qt_trade.contract.payloads.history import History
from qt_trade.contract.payloads.market import Bar
from qt_trade.contract.payloads.predictions import Horizon
from qt_trade.desktop.items.aggregation import INTERVALS, Bars
from qt_trade.desktop.items.bar_series import BarSeries, Point
from qt_trade.desktop.items.equity_series import EquitySeries
from qt_trade.desktop.items.history import stored
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import outlook
from qt_trade.desktop.view_models.account_line import AccountLine
from qt_trade.model.predictions import Skill

_STEPWISE_MAX = 4
"""More new bars than this at once are a new history, not steps of the present one."""


class Charts(QObject):
    """Feeds the series from the snapshot; does nothing while nothing changed."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._series = BarSeries(self)
        self._account = AccountLine(self)
        self._symbol = ""
        self._bars: dict[datetime, Bar] = {}
        self._count = 0
        self._last: Bar | None = None
        self._quote: object = None
        self._prediction: object = None
        self._is_old = False
        self._history: object = None

    @Property(QObject, constant=True)
    def bars(self) -> BarSeries:
        return self._series

    @Property(QObject, constant=True)
    def equity(self) -> EquitySeries:
        return self._account.series

    def forget(self) -> None:
        """Let go of what was drawn: another backend follows."""
        self._account.forget()
        self._symbol = ""
        self._series.clear()

    def show(self, desk: Snapshot, wall: datetime, symbol: str) -> None:
        """Take over the snapshot for a symbol."""
        self._account.show(desk)
        if symbol != self._symbol:
            self._symbol = symbol
            self._series.clear()
            self._bars, self._count, self._last = {}, 0, None
            self._quote, self._prediction, self._history = None, None, None
        self._show_history(desk.histories.get(symbol))
        self._show_bars(desk.bars.get(symbol, {}))
        self._show_quote(desk, symbol)
        self._show_prediction(desk, wall, symbol)

    def _show_history(self, history: History | None) -> None:
        if history is self._history:
            return
        self._history = history
        found = {} if history is None else _stored(history)
        self._series.set_past(found)

    def _show_bars(self, bars: dict[datetime, Bar]) -> None:
        if bars is self._bars and len(bars) == self._count and _last(bars) is self._last:
            return
        new = [bar for at, bar in reversed(bars.items()) if self._is_new(at)][::-1]
        if bars is self._bars and len(bars) - self._count == len(new) <= _STEPWISE_MAX:
            for bar in new:
                self._series.apply_bar(
                    int(bar.at.timestamp()), bar.open, bar.high, bar.low, bar.close, bar.volume
                )
        else:
            self._set_all(sorted(bars.values(), key=lambda bar: bar.at))
        self._bars, self._count, self._last = bars, len(bars), _last(bars)

    def _is_new(self, at: datetime) -> bool:
        return self._last is None or at > self._last.at

    def _set_all(self, bars: list[Bar]) -> None:
        self._series.set_bars(
            [int(bar.at.timestamp()) for bar in bars],
            [bar.open for bar in bars],
            [bar.high for bar in bars],
            [bar.low for bar in bars],
            [bar.close for bar in bars],
            [bar.volume for bar in bars],
        )

    def _show_quote(self, desk: Snapshot, symbol: str) -> None:
        quote = desk.quotes.get(symbol)
        if quote is None or quote is self._quote:
            return
        self._quote = quote
        self._series.apply_quote(quote.price, quote.feed_ts.timestamp())

    def _show_prediction(self, desk: Snapshot, wall: datetime, symbol: str) -> None:
        made = None if desk.predictions is None else desk.predictions.symbols.get(symbol)
        old = outlook.is_old(desk, wall)
        if made is self._prediction and old == self._is_old:
            return
        self._prediction, self._is_old = made, old
        if made is None or made.current_price is None:
            self._series.clear_prediction()
            return
        points = [_point(minutes, one) for minutes, one in outlook.predicted(made)]
        self._series.set_prediction(made.at.timestamp(), made.current_price, points, old=old)


def _point(minutes: int, horizon: Horizon) -> Point:
    low, high = horizon.low_50, horizon.high_50
    half = None if low is None or high is None else (low, high)
    proven = horizon.skill is Skill.PROVEN
    return Point(minutes, horizon.predicted_price, horizon.low, horizon.high, half, proven)


def _stored(history: History) -> dict[int, Bars]:
    past: dict[int, Bars] = {}
    for interval, given in history.bars.items():
        columns = (given.open, given.high, given.low, given.close, given.volume)
        found = stored(given.at, columns)
        if found is not None:
            past[INTERVALS[interval.value]] = found
    return past


def _last(bars: dict[datetime, Bar]) -> Bar | None:
    return next(reversed(bars.values()), None)
