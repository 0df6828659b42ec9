"""The base of the charts: a pointer that a crosshair follows, and words where there is no data.

``crosshair`` is each chart's own; moving the pointer tells that it changed and repaints nothing.
"""

from PySide6.QtCore import Property, QPointF, Signal, Slot
from PySide6.QtGui import QHoverEvent
from PySide6.QtQuick import QQuickItem

from qt_trade.desktop.items.canvas import Canvas


class PointedCanvas(Canvas):
    """A painted chart under a pointer. ``empty``: what stands there without data."""

    emptyTextChanged = Signal()  # noqa: N815  # Qt's names, here and below
    crosshairChanged = Signal()  # noqa: N815

    def __init__(self, parent: QQuickItem | None, empty: str) -> None:
        super().__init__(parent)
        self.setAcceptHoverEvents(True)
        self._empty = empty
        self._pointer: QPointF | None = None

    def _get_empty(self) -> str:
        return self._empty

    def _set_empty(self, words: str) -> None:
        if words != self._empty:
            self._empty = words
            self.emptyTextChanged.emit()
            self.update()

    emptyText = Property(str, _get_empty, _set_empty, notify=emptyTextChanged)  # noqa: N815

    def seen_at_pointer(self) -> dict[str, object]:
        """Return what the crosshair shows; each chart says it for itself."""
        raise NotImplementedError

    # A lambda: the chart's own one is meant, and not this one.
    crosshair = Property(dict, lambda self: self.seen_at_pointer(), notify=crosshairChanged)

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

    def hoverEnterEvent(self, event: QHoverEvent) -> None:  # noqa: N802
        self.hoverAt(event.position().x(), event.position().y())

    def hoverMoveEvent(self, event: QHoverEvent) -> None:  # noqa: N802
        self.hoverAt(event.position().x(), event.position().y())

    def hoverLeaveEvent(self, event: QHoverEvent) -> None:  # noqa: ARG002, N802
        self.hoverEnd()
