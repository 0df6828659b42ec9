"""The base of every table: rows change in place, and only what is seen is told.

For QML: roles ``display``, ``tone``, ``extra``, ``stale``, ``sortKey``, ``kind``, ``numeric``,
``rowKey``, ``source`` (the subject of the value's age and source; cells.py says what ``kind`` and ``extra`` are); in headers ``display``, ``kind`` and
``numeric`` work too. Properties ``count``, ``sortColumn`` (-1: as given), ``sortDescending``,
``visibleTop`` and ``visibleBottom``; slots ``toggleSort(column)``, ``rowOf(key)``, ``keyAt(row)``.
Bind ``model.visibleTop: view.topRow`` and ``visibleBottom`` alike with ``Binding`` elements;
without them every row counts as seen.
"""

from collections.abc import Iterable, Sequence
from typing import Generic

from PySide6.QtCore import (
    Property,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)

from qt_trade.desktop.models.cells import Cell, Column, R, SortKey

Index = QModelIndex | QPersistentModelIndex

DISPLAY = int(Qt.ItemDataRole.DisplayRole)
TONE, EXTRA, STALE, SORT_KEY, KIND, NUMERIC, ROW_KEY, SOURCE = range(
    int(Qt.ItemDataRole.UserRole), int(Qt.ItemDataRole.UserRole) + 8
)
_NAMES = {
    DISPLAY: b"display",
    TONE: b"tone",
    EXTRA: b"extra",
    STALE: b"stale",
    SORT_KEY: b"sortKey",
    KIND: b"kind",
    NUMERIC: b"numeric",
    ROW_KEY: b"rowKey",
    SOURCE: b"source",
}
_CHANGING = [DISPLAY, TONE, EXTRA, STALE, SORT_KEY]
_EVERY_ROW = 2**31 - 1
_TOP = QModelIndex()

Columns = tuple[int, int]
"""The first and the last of some columns."""


class TableModel(QAbstractTableModel, Generic[R]):
    """Rows of one kind, found by their key.

    The order is the one given until a sort; it is taken anew when ``sort`` is called and when
    rows come, not when values change: a row that is being read does not jump away.
    """

    countChanged = Signal()  # noqa: N815  # Qt's names, here and below
    visibleChanged = Signal()  # noqa: N815
    sortChanged = Signal()  # noqa: N815

    def __init__(self, columns: Sequence[Column[R]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._every: Columns = (0, len(self._columns) - 1)
        self._rows: list[R] = []
        # None: not rendered since it changed; only rows that are looked at cost formatting.
        self._cells: list[tuple[Cell, ...] | None] = []
        self._place: dict[str, int] = {}
        self._given: dict[str, int] = {}
        self._top, self._bottom = 0, _EVERY_ROW
        self._sorted_by, self._order = -1, Qt.SortOrder.AscendingOrder

    # ------------------------------------------------------------------ for view models

    def replace(self, rows: Iterable[R]) -> None:
        """Make these the rows: gone ones leave, new ones come, the others change in place.

        Raises ValueError when two rows have the same key.
        """
        given = tuple(rows)
        wanted = {row.key: row for row in given}
        if len(wanted) != len(given):
            raise ValueError("two rows have the same key")
        self._given = {key: place for place, key in enumerate(wanted)}
        self._remove([place for place, row in enumerate(self._rows) if row.key not in wanted])
        self._change([row for key, row in wanted.items() if key in self._place])
        self._arrange([row for key, row in wanted.items() if key not in self._place])

    def update(self, rows: Iterable[R]) -> None:
        """Change these rows in place; one with an unknown key comes in at the end."""
        latest = {row.key: row for row in rows}
        self._change([row for key, row in latest.items() if key in self._place])
        new = [row for key, row in latest.items() if key not in self._place]
        if new:
            after = max(self._given.values(), default=-1) + 1
            self._given |= {row.key: after + place for place, row in enumerate(new)}
            self._arrange(new)

    def remove(self, keys: Iterable[str]) -> None:
        """Take rows out; unknown keys are no error."""
        gone = {key for key in keys if key in self._place}
        for key in gone:
            del self._given[key]
        self._remove(sorted(self._place[key] for key in gone))

    def row(self, place: int) -> R:
        """Return the row shown at a place. Raises IndexError."""
        return self._rows[place]

    # ------------------------------------------------------------------ for QML

    def _get_count(self) -> int:
        return len(self._rows)

    count = Property(int, _get_count, notify=countChanged)

    def _get_top(self) -> int:
        return self._top

    def _set_top(self, top: int) -> None:
        self._look_at(top, self._bottom)

    visibleTop = Property(int, _get_top, _set_top, notify=visibleChanged)  # noqa: N815

    def _get_bottom(self) -> int:
        return self._bottom

    def _set_bottom(self, bottom: int) -> None:
        self._look_at(self._top, bottom)

    visibleBottom = Property(int, _get_bottom, _set_bottom, notify=visibleChanged)  # noqa: N815

    def _get_sort_column(self) -> int:
        return self._sorted_by

    sortColumn = Property(int, _get_sort_column, notify=sortChanged)  # noqa: N815

    def _get_descending(self) -> bool:
        return self._order == Qt.SortOrder.DescendingOrder

    sortDescending = Property(bool, _get_descending, notify=sortChanged)  # noqa: N815

    @Slot(int)
    def toggleSort(self, column: int) -> None:  # noqa: N802
        """Sort by a column (numbers from the largest), then the other way, then as given."""
        largest_first = self._columns[column].numeric
        first = Qt.SortOrder.DescendingOrder if largest_first else Qt.SortOrder.AscendingOrder
        second = Qt.SortOrder.AscendingOrder if largest_first else Qt.SortOrder.DescendingOrder
        if column != self._sorted_by:
            self.sort(column, first)
        elif self._order == first:
            self.sort(column, second)
        else:
            self.sort(-1)

    @Slot(str, result=int)
    def rowOf(self, key: str) -> int:  # noqa: N802
        """Return where a row is shown, -1 if it is not there."""
        return self._place.get(key, -1)

    @Slot(int, result=str)
    def keyAt(self, row: int) -> str:  # noqa: N802
        """Return the key of the row shown there, empty if there is none."""
        return self._rows[row].key if 0 <= row < len(self._rows) else ""

    @Slot(int, int, result=str)
    def sourceAt(self, row: int, column: int) -> str:  # noqa: N802
        """Return the subject of a cell's age and source, empty where it has none."""
        return str(self.data(self.index(row, column), SOURCE) or "")

    def roleNames(self) -> dict[int, bytes]:  # type: ignore[override]  # noqa: N802  # the stub wants QByteArray, which takes bytes
        return _NAMES

    def rowCount(self, parent: Index = _TOP) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _TOP) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = DISPLAY) -> object:
        if not index.isValid():
            return None
        place, column = index.row(), index.column()
        if role == DISPLAY:
            return self._row_cells(place)[column].text
        if role == TONE:
            return self._row_cells(place)[column].tone
        if role == EXTRA:
            return self._row_cells(place)[column].extra
        return self._row_data(self._rows[place], self._columns[column], role)

    def _row_data(self, row: R, column: Column[R], role: int) -> object:
        if role == STALE:
            return row.stale
        if role == SORT_KEY:
            return column.sort(row)
        if role == ROW_KEY:
            return row.key
        if role == SOURCE:
            return column.source.format(key=row.key)
        return _column_data(column, role)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = DISPLAY
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        return column.title if role == DISPLAY else _column_data(column, role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows by a column; -1 as they were given. Missing values come last."""
        self._sorted_by, self._order = column, order
        self._reorder(self._in_order(self._rows))
        self.sortChanged.emit()

    # ------------------------------------------------------------------ how

    def _row_cells(self, place: int) -> tuple[Cell, ...]:
        cells = self._cells[place]
        if cells is None:
            row = self._rows[place]
            cells = self._cells[place] = tuple([column.cell(row) for column in self._columns])
        return cells

    def _in_order(self, rows: Iterable[R]) -> list[R]:
        if self._sorted_by < 0:
            return sorted(rows, key=lambda row: self._given[row.key])
        by = self._columns[self._sorted_by].sort
        keyed: list[tuple[SortKey, R]] = [(by(row), row) for row in rows]
        known = [pair for pair in keyed if pair[0] is not None]
        known.sort(key=_first, reverse=self._order == Qt.SortOrder.DescendingOrder)
        return [row for _, row in known] + [row for key, row in keyed if key is None]

    def _change(self, rows: list[R]) -> None:
        """Take over changed rows; tell the seen ones, in runs, the others when they are seen."""
        seen: dict[int, Columns] = {}
        for row in rows:
            place = self._place[row.key]
            before = self._rows[place]
            if before is row or before == row:
                continue
            cells, self._rows[place], self._cells[place] = self._cells[place], row, None
            if self._top <= place <= self._bottom:
                columns: Columns | None = self._every
                if cells is not None and before.stale == row.stale:
                    columns = _differing(cells, self._row_cells(place))
                if columns is not None:
                    seen[place] = columns
        self._tell(seen)

    def _look_at(self, top: int, bottom: int) -> None:
        if (top, bottom) == (self._top, self._bottom):
            return
        self._top, self._bottom = top, bottom
        shown = range(max(0, top), min(bottom + 1, len(self._rows)))
        self._tell(dict.fromkeys((n for n in shown if self._cells[n] is None), self._every))
        self.visibleChanged.emit()

    def _tell(self, seen: dict[int, Columns]) -> None:
        """Tell each run of rows once, from the first to the last column that differs in it."""
        for top, bottom in _runs(sorted(seen)):
            columns = [seen[place] for place in range(top, bottom + 1)]
            left = min(first for first, _ in columns)
            right = max(last for _, last in columns)
            self.dataChanged.emit(self.index(top, left), self.index(bottom, right), _CHANGING)

    def _remove(self, places: list[int]) -> None:
        for first, end in reversed(_runs(places)):
            self.beginRemoveRows(_TOP, first, end)
            del self._rows[first : end + 1]
            del self._cells[first : end + 1]
            self._find_places()
            self.endRemoveRows()
        if places:
            self.countChanged.emit()

    def _arrange(self, new: list[R]) -> None:
        """Put all rows in order, then insert the new ones where they belong."""
        if not new and (self._sorted_by >= 0 or self._as_given()):
            return
        target = self._in_order([*self._rows, *new])
        self._reorder([row for row in target if row.key in self._place])
        missing = [place for place, row in enumerate(target) if row.key not in self._place]
        for first, end in _runs(missing):
            self.beginInsertRows(_TOP, first, end)
            self._rows[first:first] = target[first : end + 1]
            self._cells[first:first] = [None] * (end + 1 - first)
            self._find_places()
            self.endInsertRows()
        if new:
            self.countChanged.emit()

    def _as_given(self) -> bool:
        return all(row.key == key for row, key in zip(self._rows, self._given, strict=False))

    def _reorder(self, rows: list[R]) -> None:
        before = self._place
        if [row.key for row in rows] == [row.key for row in self._rows]:
            return
        self.layoutAboutToBeChanged.emit()
        cells = self._cells
        self._cells = [cells[before[row.key]] for row in rows]
        self._rows = rows
        self._find_places()
        old = self.persistentIndexList()
        keys = {place: key for key, place in before.items()}
        new = [self.index(self._place[keys[index.row()]], index.column()) for index in old]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _find_places(self) -> None:
        self._place = {row.key: place for place, row in enumerate(self._rows)}


def _column_data(column: Column[R], role: int) -> object:
    if role == KIND:
        return column.kind
    return column.numeric if role == NUMERIC else None


def _first(pair: tuple[SortKey, R]) -> float | str:
    key = pair[0]
    return key if key is not None else ""


def _differing(before: tuple[Cell, ...], now: tuple[Cell, ...]) -> Columns | None:
    places = [place for place, cell in enumerate(now) if cell != before[place]]
    return (places[0], places[-1]) if places else None


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """Return the first and last of each run of neighbours in a sorted list."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
