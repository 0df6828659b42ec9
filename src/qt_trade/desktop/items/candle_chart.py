"""The candle chart as a QML item: takes a series, turns, and answers what is under the pointer.

    import QtTrade.Items

    CandleChart {
        id: chart
        series: desk.markets.bars        // a BarSeries made in Python
        interval: "5m"                   // 1m 5m 15m 1h 1D
        showRsi: true
        insetTop: 28                     // room for the legend laid over it
        stale: desk.shell.stale
        halted: false                    // trading stands still: the ground after the last bar says so
        emptyText: "No bars yet. The first one closes in 0:42."
        colors: ink                      // a ChartColors bound to the theme
    }

Beside it: ``following`` (now is in view) and ``home()``, ``zoomIn()``, ``zoomOut()``,
``pan(pixels)``, ``xToIndex(x)``, ``indexToX(index)``, ``priceAt(y)``, ``yOf(price)``; drag, wheel
and + - arrows Home work by themselves. Overlays bind to three maps and cost no repaint:

``legend``: {time, open, high, low, close, volume, ema, vwap, rsi, tone} of the bar under the
pointer, else of the last one; "—" over a gap.
``crosshair``: {visible, x, y, price, time, index}: x snapped to the bar, price "" off its pane.
``panes``: {right, bottom, priceBottom, volumeTop, rsiTop}: the plot's edges in pixels.
"""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Property, QObject, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QHoverEvent, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem

from qt_trade.desktop.items.aggregation import INTERVALS
from qt_trade.desktop.items.bar_series import BarSeries
from qt_trade.desktop.items.candle_painter import CandlePainter
from qt_trade.desktop.items.canvas import Canvas
from qt_trade.desktop.items.frame import Frame, Place, frame
from qt_trade.desktop.items.ground_cache import GroundCache
from qt_trade.desktop.items.ground_painter import draw_empty, draw_last
from qt_trade.desktop.items.ink import Ink
from qt_trade.desktop.items.legend import bar_words, time_words
from qt_trade.desktop.items.live_study import LiveStudy
from qt_trade.desktop.items.outlook_painter import draw_outlook
from qt_trade.desktop.items.study import Study
from qt_trade.desktop.items.viewport import Viewport
from qt_trade.desktop.models import format as fmt

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1

_ZOOM = 0.85
_WHEEL_STEP = 120
_MARGIN_SLOTS = 3.0
_KEY_PAN_SHARE = 0.1
_KEYS: dict[int, str] = {
    Qt.Key.Key_Home: "home",
    Qt.Key.Key_Plus: "in",
    Qt.Key.Key_Equal: "in",
    Qt.Key.Key_Minus: "out",
    Qt.Key.Key_Left: "back",
    Qt.Key.Key_Right: "on",
}


@QmlElement
class CandleChart(Canvas):
    """Candles, volume, EMA 20, VWAP, RSI 14, the last price, the prediction (see the module)."""

    seriesChanged = Signal()  # noqa: N815  # Qt's names, here and below
    optionsChanged = Signal()  # noqa: N815
    viewChanged = Signal()  # noqa: N815
    crosshairChanged = Signal()  # noqa: N815

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)
        self.setAcceptHoverEvents(True)
        self.setActiveFocusOnTab(True)
        self._series = BarSeries(self)
        self._hearing = self._series.changed.connect(self._take_data)
        self._interval, self._show_rsi, self._inset, self._empty = "5m", True, 28.0, "No bars yet."
        self._halted = False
        self._painter, self._ground, self._live = CandlePainter(), GroundCache(), LiveStudy()
        self._view = Viewport()
        self._study: Study | None = None
        self._frame: Frame | None = None
        self._pointer: QPointF | None = None
        self._grip: tuple[float, Viewport] | None = None

    # ------------------------------------------------------------------ properties

    def _get_series(self) -> BarSeries:
        return self._series

    def _set_series(self, series: BarSeries | None) -> None:
        if series is self._series:
            return
        # A binding gives null while its source is being torn down.
        QObject.disconnect(self._hearing)
        self._series = BarSeries(self) if series is None else series
        self._hearing = self._series.changed.connect(self._take_data)
        self._study, self._view = None, self._view.reset()
        self.seriesChanged.emit()
        self._take_data()

    series = Property(BarSeries, _get_series, _set_series, notify=seriesChanged)

    def _get_interval(self) -> str:
        return self._interval

    def _set_interval(self, interval: str) -> None:
        if interval in INTERVALS and interval != self._interval:
            self._interval = interval
            self._view = replace(self._view, zoomed=False)
            self.optionsChanged.emit()
            self._take_data()

    interval = Property(str, _get_interval, _set_interval, notify=optionsChanged)

    def _get_show_rsi(self) -> bool:
        return self._show_rsi

    def _set_show_rsi(self, show: bool) -> None:  # noqa: FBT001  # a property's setter
        if show != self._show_rsi:
            self._show_rsi = show
            self.optionsChanged.emit()
            self._take_data()

    showRsi = Property(bool, _get_show_rsi, _set_show_rsi, notify=optionsChanged)  # noqa: N815

    def _get_halted(self) -> bool:
        return self._halted

    def _set_halted(self, halted: bool) -> None:  # noqa: FBT001  # a property's setter
        if halted != self._halted:
            self._halted = halted
            self.optionsChanged.emit()
            self._turn(self._view)

    halted = Property(bool, _get_halted, _set_halted, notify=optionsChanged)

    def _get_inset(self) -> float:
        return self._inset

    def _set_inset(self, inset: float) -> None:
        self._inset = inset
        self.optionsChanged.emit()
        self._turn(self._view)

    insetTop = Property(float, _get_inset, _set_inset, notify=optionsChanged)  # noqa: N815

    def _get_empty(self) -> str:
        return self._empty

    def _set_empty(self, words: str) -> None:
        self._empty = words
        self.optionsChanged.emit()
        self.update()

    emptyText = Property(str, _get_empty, _set_empty, notify=optionsChanged)  # noqa: N815

    def _get_following(self) -> bool:
        return self._view.following

    following = Property(bool, _get_following, notify=viewChanged)

    def _get_panes(self) -> dict[str, float]:
        seen = self._seen()
        edges = {
            "right": seen.right,
            "bottom": seen.bottom,
            "priceBottom": seen.price.bottom,
            "volumeTop": seen.price.bottom,
            "rsiTop": seen.volume.bottom,
        }
        return {name: edge / seen.unit for name, edge in edges.items()}

    panes = Property(dict, _get_panes, notify=viewChanged)

    def _get_legend(self) -> dict[str, str]:
        drawn = self._drawn()
        slot = self._slot_under()
        return bar_words(drawn, len(drawn) - 1 if slot is None else drawn.index_at(slot))

    legend = Property(dict, _get_legend, notify=crosshairChanged)

    def _get_crosshair(self) -> dict[str, object]:
        slot, pointer, drawn, seen = self._slot_under(), self._pointer, self._drawn(), self._seen()
        if slot is None or pointer is None:
            return {"visible": False, "x": 0.0, "y": 0.0, "price": "", "time": "", "index": -1}
        on_prices = pointer.y() * seen.unit <= seen.price.bottom
        return {
            "visible": True,
            "x": seen.x_of(slot + 0.5) / seen.unit,
            "y": pointer.y(),
            "price": fmt.price(self.priceAt(pointer.y())) if on_prices else "",
            "time": time_words(drawn, slot),
            "index": drawn.index_at(slot),
        }

    crosshair = Property(dict, _get_crosshair, notify=crosshairChanged)

    # ------------------------------------------------------------------ slots

    @Slot(float, result=int)
    def xToIndex(self, x: float) -> int:  # noqa: N802
        """Return the bar drawn at ``x``, -1 where there is none."""
        seen = self._seen()
        return self._drawn().index_at(int(seen.slot_at(x * seen.unit) // 1))

    @Slot(int, result=float)
    def indexToX(self, index: int) -> float:  # noqa: N802
        """Return the middle of a bar; -1 if there is no such bar."""
        drawn, seen = self._drawn(), self._seen()
        known = 0 <= index < len(drawn)
        return seen.x_of(float(drawn.slot[index]) + 0.5) / seen.unit if known else -1.0

    @Slot(float, result=float)
    def priceAt(self, y: float) -> float:  # noqa: N802
        """Return the price at a height."""
        seen = self._seen()
        return seen.price.value_at(y * seen.unit)

    @Slot(float, result=float)
    def yOf(self, price: float) -> float:  # noqa: N802
        """Return the height of a price."""
        seen = self._seen()
        return seen.price.y_of(price) / seen.unit

    @Slot()
    def home(self) -> None:
        """Show now."""
        self._turn(self._view.home())

    @Slot()
    def zoomIn(self) -> None:  # noqa: N802
        """Show fewer bars."""
        self._turn(self._view.scaled(_ZOOM, 1.0))

    @Slot()
    def zoomOut(self) -> None:  # noqa: N802
        """Show more bars."""
        self._turn(self._view.scaled(1 / _ZOOM, 1.0))

    @Slot(float)
    def pan(self, pixels: float) -> None:
        """Move the picture to the right by so many pixels, into the past."""
        if self.width() > 0:
            seen = self._seen()
            self._turn(self._view.panned(pixels * seen.unit / seen.slot_px))

    @Slot(int, result=bool)
    def takesKey(self, key: int) -> bool:  # noqa: N802
        """Return whether a key is one of the chart's own."""
        return key in _KEYS

    @Slot(int)
    def takeKey(self, key: int) -> None:  # noqa: N802
        """Do what one of the chart's own keys does."""
        step = self._seen().right / self._seen().unit * _KEY_PAN_SHARE
        actions: dict[str, Callable[[], None]] = {
            "home": self.home,
            "in": self.zoomIn,
            "out": self.zoomOut,
            "back": lambda: self.pan(step),
            "on": lambda: self.pan(-step),
        }
        actions[_KEYS[key]]()

    @Slot(float, float)
    def hoverAt(self, x: float, y: float) -> None:  # noqa: N802
        """Put the crosshair there."""
        self._pointer = QPointF(x, y)
        self.crosshairChanged.emit()

    @Slot()
    def hoverEnd(self) -> None:  # noqa: N802
        """Take the crosshair away."""
        self._pointer = None
        self.crosshairChanged.emit()

    # ------------------------------------------------------------------ events

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.forceActiveFocus(Qt.FocusReason.MouseFocusReason)
        self.setKeepMouseGrab(True)
        self._grip = (event.position().x(), self._view)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._grip is not None:
            begin, view = self._grip
            seen = self._seen()
            self._turn(view.panned((event.position().x() - begin) * seen.unit / seen.slot_px))
            self.hoverAt(event.position().x(), event.position().y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802
        self._let_go()

    def mouseUngrabEvent(self) -> None:  # noqa: N802
        self._let_go()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        turned, seen = event.angleDelta(), self._seen()
        if abs(turned.x()) > abs(turned.y()):
            self.pan(turned.x())
        else:
            anchor = min(1.0, event.position().x() * seen.unit / seen.right)
            self._turn(self._view.scaled(_ZOOM ** (turned.y() / _WHEEL_STEP), anchor))
        event.accept()

    def hoverEnterEvent(self, event: QHoverEvent) -> None:  # noqa: N802
        self.hoverAt(event.position().x(), event.position().y())

    def hoverMoveEvent(self, event: QHoverEvent) -> None:  # noqa: N802
        self.hoverAt(event.position().x(), event.position().y())

    def hoverLeaveEvent(self, event: QHoverEvent) -> None:  # noqa: ARG002, N802
        self.hoverEnd()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self.takesKey(event.key()):
            self.takeKey(event.key())
        else:
            event.ignore()

    def geometryChange(self, new: QRectF | QRect, old: QRectF | QRect) -> None:  # noqa: N802
        super().geometryChange(new, old)
        self._turn(self._view)

    def paint(self, painter: QPainter) -> None:
        """Make the picture anew."""
        self.paint_by(painter, self._draw)

    # ------------------------------------------------------------------ how

    def _let_go(self) -> None:
        self._grip = None
        self.setKeepMouseGrab(False)

    def _take_data(self) -> None:
        """Note that the bars, the prediction or what is drawn of them are others now."""
        before, view = self._study, self._view
        self._study = None
        drawn = self._drawn()
        if before is not None and len(before) and len(drawn) and not view.following:
            # What is seen stays though bars came in at the left, or have another length now.
            view = replace(view, right=drawn.axis_of(before.time_at(view.right)))
        outlook = self._series.outlook
        future = outlook.points[-1].minutes / drawn.minutes if outlook is not None else 0.0
        self._turn(view.grown(float(drawn.slots), future + _MARGIN_SLOTS))

    def _turn(self, view: Viewport) -> None:
        """Show another part of the axis, or the same one anew."""
        self._view = view
        self._frame = None
        self.update()
        self.viewChanged.emit()
        self.crosshairChanged.emit()

    def _drawn(self) -> Study:
        if self._study is None:
            minutes = INTERVALS[self._interval]
            self._study = self._live.of(self._series, minutes, with_rsi=self._show_rsi)
        return self._study

    def _seen(self) -> Frame:
        unit, series = self.unit, self._series
        if self._frame is None or self._frame.unit != unit:
            width, height = round(self.width() * unit), round(self.height() * unit)
            place = Place(width, height, unit, self._inset, self._show_rsi, self._halted)
            self._frame = frame(self._drawn(), series.outlook, series.last, self._view, place)
        return self._frame

    def _slot_under(self) -> int | None:
        """Return the slot under the pointer; None if it is not over the plot."""
        seen, pointer = self._seen(), self._pointer
        if pointer is None or not len(self._drawn()):
            return None
        inside = 0 <= pointer.x() * seen.unit < seen.right
        inside = inside and 0 <= pointer.y() * seen.unit < seen.bottom
        return int(seen.slot_at(pointer.x() * seen.unit) // 1) if inside else None

    def _draw(self, painter: QPainter, ink: Ink, width: int, height: int) -> None:
        drawn, seen, series = self._drawn(), self._seen(), self._series
        if not len(drawn):
            draw_empty(painter, QRect(0, 0, width, height), ink, self._empty)
            return
        self._ground.draw(painter, drawn, seen, ink, series.last)
        painter.setClipRect(QRectF(0, 0, seen.right, seen.bottom))
        self._painter.draw(painter, drawn, seen, ink)
        painter.setClipping(False)
        outlook = series.outlook
        if outlook is not None and outlook.is_drawn(drawn.minutes):
            draw_outlook(painter, outlook, drawn, seen, ink, series.last)
        if series.last is not None:
            draw_last(painter, drawn, seen, ink, series.last)
