"""A canary for the Qt binding: 6.12.0 drops references to None and True until Python aborts."""

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from qt_trade.desktop.models.rows import WatchRow
from qt_trade.desktop.models.watch_list import WatchListModel

ROUNDS = 2000
SLACK = 200
"""What other code may do to the counts meanwhile; the fault loses one per round."""


class Bell(QObject):
    rung = Signal(bool)


def rename() -> None:
    bell = Bell()
    for _ in range(ROUNDS):
        bell.setObjectName("bell")


def ring() -> None:
    bell = Bell()
    bell.rung.connect(lambda _: None)
    for _ in range(ROUNDS):
        bell.rung.emit(True)  # noqa: FBT003  # Qt's signals know no keywords


def paint() -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for _ in range(ROUNDS):
        painter.drawLine(QPointF(0, 0), QPointF(8, 8))
    painter.end()


def tell() -> None:
    model = WatchListModel()
    for number in range(ROUNDS):
        model.update([WatchRow("A", last=1.0 + number)])


@pytest.mark.parametrize("work", [rename, ring, paint, tell])
def test_qt_calls_keep_the_counts_of_none_and_true(
    qapp: QGuiApplication, work: Callable[[], None]
) -> None:
    before = sys.getrefcount(None), sys.getrefcount(True)  # noqa: FBT003  # the object itself
    work()
    after = sys.getrefcount(None), sys.getrefcount(True)  # noqa: FBT003
    assert after[0] - before[0] > -SLACK
    assert after[1] - before[1] > -SLACK
