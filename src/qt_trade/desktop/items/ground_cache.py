"""The ground of a candle chart as a picture of its own: most repaints change only what is on it."""

from PySide6.QtGui import QImage, QPainter

from qt_trade.desktop.items.frame import Frame
from qt_trade.desktop.items.ground_painter import draw_ground, marks_hidden
from qt_trade.desktop.items.ink import Ink
from qt_trade.desktop.items.study import Study

_COLORS = ("panel", "raised", "grid", "line", "lineStrong", "text1", "text3", "warn")


class GroundCache:
    """Draws the ground anew only when something on it is another."""

    def __init__(self) -> None:
        self._image = QImage()
        self._kept: tuple[object, ...] = ()
        self._last: tuple[object, ...] = ()
        self.drawn = 0
        """How many grounds were drawn."""

    def draw(
        self, painter: QPainter, drawn: Study, seen: Frame, ink: Ink, last: float | None
    ) -> None:
        """Lay the ground; marks leave room for the label of the last price."""
        key = _key(drawn, seen, ink, last)
        before, self._last = self._last, key
        if key not in (self._kept, before):
            # While somebody pans no ground is seen twice: it is not worth keeping.
            draw_ground(painter, drawn, seen, ink, last)
            self.drawn += 1
            return
        if key != self._kept:
            self._keep(drawn, seen, ink, last)
            self._kept = key
        painter.drawImage(0, 0, self._image)

    def _keep(self, drawn: Study, seen: Frame, ink: Ink, last: float | None) -> None:
        size = (seen.place.width, seen.place.height)
        if (self._image.width(), self._image.height()) != size:
            self._image = QImage(*size, QImage.Format.Format_RGB32)
        own = QPainter(self._image)
        draw_ground(own, drawn, seen, ink, last)
        own.end()
        self.drawn += 1


def _key(drawn: Study, seen: Frame, ink: Ink, last: float | None) -> tuple[object, ...]:
    """Return everything that the ground is made of."""
    view = seen.view
    return (
        *(seen.place, seen.right, view.left, view.span),
        *(seen.price, seen.volume, seen.rsi, seen.first, seen.end),
        # The places and times of the bars, of which the axis tells some.
        *(drawn.minutes, drawn.slots, len(drawn), int(drawn.local_s.sum()), int(drawn.slot.sum())),
        marks_hidden(seen, ink, last),
        *(ink.unit, ink.stale),
        *(ink.color(name).rgb() for name in _COLORS),
    )
