"""The base of the tables: rows change in place, only what is seen is told."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy

from qt_trade.desktop.models import cells
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.table import (
    DISPLAY,
    EXTRA,
    KIND,
    NUMERIC,
    ROW_KEY,
    SORT_KEY,
    STALE,
    TONE,
    TableModel,
)


@dataclass(frozen=True, slots=True)
class Thing:
    key: str
    size: float | None = None
    stale: bool = False
    unseen: int = 0


class Things(TableModel[Thing]):
    """A table with a count of how often a cell was made."""

    def __init__(self) -> None:
        self.made = 0

        def name(thing: Thing) -> Cell:
            self.made += 1
            return Cell(thing.key, "gain", "more")

        super().__init__(
            (
                Column("Name", cells.TEXT, name, lambda thing: thing.key),
                Column("Size", cells.NUMBER, lambda t: Cell(f"{t.size}"), lambda t: t.size),
            )
        )


@pytest.fixture
def model(qtmodeltester: object) -> Iterator[Things]:
    things = Things()
    tester = QAbstractItemModelTester(things, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield things
    del tester


def keys(model: Things) -> list[str]:
    return [model.keyAt(row) for row in range(model.rowCount())]


def told(spy: QSignalSpy) -> list[tuple[int, int]]:
    """Return the first and last row of each change that was told."""
    return [(spy.at(n)[0].row(), spy.at(n)[1].row()) for n in range(spy.count())]


def test_cells_answer_every_role(model: Things) -> None:
    model.replace([Thing("a", 2.0, stale=True)])
    index = model.index(0, 0)
    roles = (DISPLAY, TONE, EXTRA, STALE, SORT_KEY, KIND, NUMERIC, ROW_KEY)
    answers = [model.data(index, role) for role in roles]
    assert answers == ["a", "gain", "more", True, "a", "text", False, "a"]
    assert model.data(model.index(0, 1), NUMERIC) is True
    assert model.data(index, int(Qt.ItemDataRole.DecorationRole)) is None
    assert model.data(QModelIndex()) is None
    assert model.roleNames()[TONE] == b"tone"


def test_headers_answer_title_and_kind(model: Things) -> None:
    across = Qt.Orientation.Horizontal
    answers = [model.headerData(1, across, role) for role in (DISPLAY, KIND, NUMERIC)]
    assert answers == ["Size", "number", True]
    assert model.headerData(0, Qt.Orientation.Vertical) is None
    assert model.headerData(2, across) is None


def test_a_change_touches_only_its_row_and_resets_nothing(model: Things) -> None:
    model.replace([Thing("a", 1), Thing("b", 2), Thing("c", 3)])
    changed, reset = QSignalSpy(model.dataChanged), QSignalSpy(model.modelReset)
    inserted, layout = QSignalSpy(model.rowsInserted), QSignalSpy(model.layoutChanged)
    model.replace([Thing("a", 1), Thing("b", 7), Thing("c", 3)])
    assert told(changed) == [(1, 1)]
    assert (reset.count(), inserted.count(), layout.count()) == (0, 0, 0)
    assert model.data(model.index(1, 1)) == "7"


def test_one_change_is_told_per_run_of_rows(model: Things) -> None:
    model.replace([Thing(f"{n}", n) for n in range(10)])
    changed = QSignalSpy(model.dataChanged)
    model.update([Thing(f"{n}", -1) for n in (1, 2, 3, 7)])
    assert told(changed) == [(1, 3), (7, 7)]
    assert changed.at(0)[1].column() == 1
    assert ROW_KEY not in changed.at(0)[2]


def test_only_columns_that_read_otherwise_are_told(model: Things) -> None:
    model.replace([Thing("a", 1.0), Thing("b", 2.0)])
    for row in range(2):
        model.data(model.index(row, 0))
    changed = QSignalSpy(model.dataChanged)
    model.update([Thing("a", 1.0), Thing("b", 3.0)])
    first, last = changed.at(0)[:2]
    assert (changed.count(), first.row(), first.column(), last.column()) == (1, 1, 1, 1)


def test_what_reads_the_same_is_not_told_but_staleness_is(model: Things) -> None:
    model.replace([Thing("a", 1.0)])
    model.data(model.index(0, 0))
    changed = QSignalSpy(model.dataChanged)
    model.update([Thing("a", 1.0, unseen=5)])
    assert (changed.count(), model.row(0).unseen) == (0, 5)
    model.update([Thing("a", 1.0, unseen=5, stale=True)])
    assert (changed.at(0)[0].column(), changed.at(0)[1].column()) == (0, 1)


def test_rows_out_of_sight_are_neither_told_nor_formatted(model: Things) -> None:
    model.replace([Thing(f"{n}", n) for n in range(100)])
    model.visibleTop, model.visibleBottom = 10, 19
    changed, made = QSignalSpy(model.dataChanged), model.made
    model.update([Thing("50", -1), Thing("15", -1)])
    assert told(changed) == [(15, 15)]
    assert model.made == made


def test_rows_changed_out_of_sight_are_told_when_they_are_seen(model: Things) -> None:
    model.replace([Thing(f"{n}", n) for n in range(30)])
    for row in range(30):
        model.data(model.index(row, 0))
    model.visibleTop, model.visibleBottom = 0, 9
    model.update([Thing("20", -1), Thing("21", -1)])
    changed = QSignalSpy(model.dataChanged)
    model.visibleBottom = 25
    assert told(changed) == [(20, 21)]
    assert model.data(model.index(20, 1)) == "-1"


def test_rows_come_and_go_at_their_place(model: Things) -> None:
    model.replace([Thing("a"), Thing("b"), Thing("c")])
    removed, inserted = QSignalSpy(model.rowsRemoved), QSignalSpy(model.rowsInserted)
    counted = QSignalSpy(model.countChanged)
    model.replace([Thing("x"), Thing("y"), Thing("a"), Thing("c"), Thing("z")])
    assert keys(model) == ["x", "y", "a", "c", "z"]
    assert [removed.at(n)[1:] for n in range(removed.count())] == [[1, 1]]
    assert [inserted.at(n)[1:] for n in range(inserted.count())] == [[0, 1], [4, 4]]
    assert counted.count() == 2
    assert model.property("count") == 5


def test_unknown_rows_come_in_at_the_end_and_known_ones_leave_by_key(model: Things) -> None:
    model.replace([Thing("b"), Thing("a")])
    model.update([Thing("c", 1), Thing("b", 2)])
    assert keys(model) == ["b", "a", "c"]
    model.remove(["a", "not there"])
    assert keys(model) == ["b", "c"]
    assert (model.rowOf("c"), model.rowOf("a"), model.keyAt(5), model.keyAt(-1)) == (1, -1, "", "")
    assert model.row(0).size == 2


def test_two_rows_of_one_key_are_refused(model: Things) -> None:
    with pytest.raises(ValueError, match="same key"):
        model.replace([Thing("a"), Thing("a")])


@pytest.mark.parametrize(
    ("order", "sorted_keys"),
    [
        (Qt.SortOrder.AscendingOrder, ["b", "a", "d", "c"]),
        (Qt.SortOrder.DescendingOrder, ["d", "a", "b", "c"]),
    ],
)
def test_missing_values_sort_last_both_ways(
    model: Things, order: Qt.SortOrder, sorted_keys: list[str]
) -> None:
    model.replace([Thing("a", 2), Thing("b", 1), Thing("c", None), Thing("d", 3)])
    model.sort(1, order)
    assert keys(model) == sorted_keys
    model.sort(-1)
    assert keys(model) == ["a", "b", "c", "d"]


def test_a_title_sorts_numbers_from_the_largest_then_back_then_as_given(model: Things) -> None:
    model.replace([Thing("a", 2), Thing("b", 1), Thing("c", 3)])
    seen = []
    for _ in range(3):
        model.toggleSort(1)
        seen.append((keys(model), model.property("sortColumn"), model.property("sortDescending")))
    assert [order for order, _, _ in seen] == [["c", "a", "b"], ["b", "a", "c"], ["a", "b", "c"]]
    assert [column for _, column, _ in seen] == [1, 1, -1]
    assert [descending for _, _, descending in seen] == [True, False, False]
    model.toggleSort(0)
    assert keys(model) == ["a", "b", "c"]


def test_a_changed_value_moves_no_row_until_it_is_sorted_again(model: Things) -> None:
    model.replace([Thing("a", 1), Thing("b", 2)])
    model.sort(1)
    model.replace([Thing("a", 9), Thing("b", 2)])
    assert keys(model) == ["a", "b"]
    model.sort(1)
    assert keys(model) == ["b", "a"]


def test_a_new_row_of_a_sorted_table_comes_in_where_it_belongs(model: Things) -> None:
    model.replace([Thing("a", 1), Thing("b", 3)])
    model.sort(1)
    model.replace([Thing("c", 2), Thing("a", 1), Thing("b", 3)])
    assert keys(model) == ["a", "c", "b"]


def test_what_points_at_a_row_stays_with_it(model: Things) -> None:
    model.replace([Thing("a", 2), Thing("b", 1)])
    mark = QPersistentModelIndex(model.index(0, 1))
    model.sort(1)
    assert mark.row() == 1
    assert mark.data() == "2"


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.integers(0, 3)), max_size=6
    ),
    st.sampled_from([-1, 0, 1]),
)
def test_whatever_comes_the_table_shows_the_last_rows(
    steps: list[dict[str, float | None]], column: int
) -> None:
    things = Things()
    tester = QAbstractItemModelTester(things, QAbstractItemModelTester.FailureReportingMode.Fatal)
    things.sort(column)
    for step in steps:
        things.replace([Thing(key, size) for key, size in step.items()])
        shown = {things.keyAt(row): things.row(row).size for row in range(things.rowCount())}
        assert shown == step
        assert all(things.rowOf(key) == row for row, key in enumerate(keys(things)))
        if column < 0:
            assert keys(things) == list(step)
    del tester
