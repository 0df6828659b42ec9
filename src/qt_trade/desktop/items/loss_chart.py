"""A training's loss by rounds as a QML item.

    LossChart { rounds: view.rounds; training: view.training; validation: view.validation
                reference: view.reference; stale: view.stale; colors: ink }

Blue is what counts, on cases the model has not seen; grey on those it learnt from. ``reference``: the
dotted level of a coin toss, below 0 for none. ``crosshair``: {visible, x, words} at the pointer.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Property, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem

from qt_trade.desktop.items.ink import Ink
from qt_trade.desktop.items.plot import Plane, draw_grid, range_of
from qt_trade.desktop.items.pointed_canvas import PointedCanvas
from qt_trade.desktop.items.viewport import nice_step, places_for

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1

LEAST_ROUNDS = 2
"""A line needs two ends."""
_LINE_PX, _OTHER_PX = 1.6, 1.2
_LEFT_PX, _TOP_PX, _RIGHT_PX, _BELOW_PX = 4, 8, 50, 24
_ROOM = 0.06
_PLACES_MIN, _PLACES_MAX = 2, 5
_HIDDEN = {"visible": False, "x": 0.0, "words": ""}
Numbers = tuple[float, ...]


@QmlElement
class LossChart(PointedCanvas):
    """Two lines over rounds, and the level a coin would reach."""

    curveChanged = Signal()  # noqa: N815  # Qt's names, here and below

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent, empty="")
        self._lines: dict[str, Numbers] = {"rounds": (), "training": (), "validation": ()}
        self._reference = -1.0

    def _take(self, name: str, values: Sequence[float]) -> None:
        taken = tuple(float(value) for value in values)
        if taken != self._lines[name]:
            self._lines[name] = taken
            self._changed()

    def _changed(self) -> None:
        self.curveChanged.emit()
        self.crosshairChanged.emit()
        self.update()

    def _get_rounds(self) -> Sequence[float]:
        return list(self._lines["rounds"])

    def _set_rounds(self, values: Sequence[float]) -> None:
        self._take("rounds", values)

    rounds = Property(list, _get_rounds, _set_rounds, notify=curveChanged)

    def _get_training(self) -> Sequence[float]:
        return list(self._lines["training"])

    def _set_training(self, values: Sequence[float]) -> None:
        self._take("training", values)

    training = Property(list, _get_training, _set_training, notify=curveChanged)

    def _get_validation(self) -> Sequence[float]:
        return list(self._lines["validation"])

    def _set_validation(self, values: Sequence[float]) -> None:
        self._take("validation", values)

    validation = Property(list, _get_validation, _set_validation, notify=curveChanged)

    def _get_reference(self) -> float:
        return self._reference

    def _set_reference(self, reference: float) -> None:
        if reference != self._reference:
            self._reference = reference
            self._changed()

    reference = Property(float, _get_reference, _set_reference, notify=curveChanged)

    def seen_at_pointer(self) -> dict[str, object]:
        """Return the losses of the round under the pointer."""
        if self._pointer is None or not self._is_drawn():
            return _HIDDEN
        unit = self.unit
        plane = self._plane(round(self.width() * unit), round(self.height() * unit), unit)
        rounds, training, validation = self._lines.values()
        at = [plane.at(one, plane.up.low).x() / unit for one in rounds]
        place = int(np.argmin(np.abs(np.array(at) - self._pointer.x())))
        words = f"round {rounds[place]:,.0f}   training {training[place]:.4f}"
        return {
            "visible": True,
            "x": at[place],
            "words": f"{words}   validation {validation[place]:.4f}",
        }

    def paint(self, painter: QPainter) -> None:
        """Make the picture anew."""
        self.paint_by(painter, self._draw)

    def _is_drawn(self) -> bool:
        # The three come one after the other: only alike are they one curve.
        lengths = {len(line) for line in self._lines.values()}
        return len(lengths) == 1 and lengths.pop() >= LEAST_ROUNDS

    def _plane(self, width: int, height: int, unit: float) -> Plane:
        rounds, training, validation = self._lines.values()
        levels = [*training, *validation]
        if self._reference >= 0:
            levels.append(self._reference)
        box = QRectF(
            _LEFT_PX * unit,
            _TOP_PX * unit,
            max(1.0, width - (_LEFT_PX + _RIGHT_PX) * unit),
            max(1.0, height - (_TOP_PX + _BELOW_PX) * unit),
        )
        return Plane(box, range_of(rounds, 0.0), range_of(levels, _ROOM))

    def _draw(self, painter: QPainter, ink: Ink, width: int, height: int) -> None:
        painter.fillRect(QRectF(0, 0, width, height), ink.color("panel"))
        if not self._is_drawn():
            return
        plane = self._plane(width, height, ink.unit)
        places = min(
            _PLACES_MAX, max(_PLACES_MIN, places_for(nice_step((plane.up.high - plane.up.low) / 4)))
        )
        draw_grid(
            painter, plane, ink, lambda mark: f"{mark:,.0f}", lambda mark: f"{mark:.{places}f}",
            right=True,
        )  # fmt: skip
        if self._reference >= 0:
            _draw_reference(painter, plane, ink, self._reference)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounds, training, validation = self._lines.values()
        _draw_line(painter, plane, ink, (rounds, training), ("series2", _OTHER_PX))
        _draw_line(painter, plane, ink, (rounds, validation), ("series1", _LINE_PX))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _draw_line(
    painter: QPainter,
    plane: Plane,
    ink: Ink,
    line: tuple[Numbers, Numbers],
    look: tuple[str, float],
) -> None:
    painter.setPen(ink.pen(ink.color(look[0]), look[1]))
    painter.drawPolyline([plane.at(x, y) for x, y in zip(*line, strict=True)])


def _draw_reference(painter: QPainter, plane: Plane, ink: Ink, level: float) -> None:
    y = round(plane.at(plane.across.low, level).y())
    painter.setPen(ink.pen(ink.color("text3"), dashes=(2, 3)))
    painter.drawLine(QPointF(plane.box.left(), y), QPointF(plane.box.right(), y))
    above = y - plane.box.top() > 20 * ink.unit  # the height of the words
    top = y - 17 * ink.unit if above else y + 2 * ink.unit
    box = QRectF(plane.box.left(), top, plane.box.width() - 4 * ink.unit, 15 * ink.unit)
    painter.drawText(box, Qt.AlignmentFlag.AlignRight, "coin toss")
