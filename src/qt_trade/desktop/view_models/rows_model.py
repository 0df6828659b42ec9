"""Rows of words as a list model that changes in place: no reset, nothing jumps."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    Property,
    QAbstractListModel,
    QByteArray,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

_ROW = int(Qt.ItemDataRole.UserRole)
_ROOT = QModelIndex()


class RowsModel(QAbstractListModel):
    """Gives QML one role, ``row``: a dict of words."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[dict[str, Any]] = []

    countChanged = Signal()  # noqa: N815  # Qt's name

    @Property(int, notify=countChanged)
    def count(self) -> int:
        return len(self.rows)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:  # noqa: N802  # Qt's name
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = _ROW) -> Any:
        return self.rows[index.row()] if role == _ROW and index.isValid() else None

    def roleNames(self) -> dict[int, QByteArray]:  # noqa: N802  # Qt's name
        return {_ROW: QByteArray(b"row")}

    def show(self, rows: Sequence[dict[str, Any]]) -> None:
        """Take over newer rows; only what differs is told."""
        before = len(self.rows)
        kept = min(len(rows), len(self.rows))
        for number in range(kept):
            if self.rows[number] != rows[number]:
                self.rows[number] = rows[number]
                index = self.index(number)
                self.dataChanged.emit(index, index, [_ROW])
        if len(self.rows) > kept:
            self.beginRemoveRows(_ROOT, kept, len(self.rows) - 1)
            del self.rows[kept:]
            self.endRemoveRows()
        if len(rows) > kept:
            self.beginInsertRows(_ROOT, kept, len(rows) - 1)
            self.rows.extend(rows[kept:])
            self.endInsertRows()
        if len(self.rows) != before:
            self.countChanged.emit()
