"""The cycles of the day, one at a time: the newest, until a person steps back to another."""

from datetime import datetime

from PySide6.QtCore import Property, QObject, Slot

from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import cycles
from qt_trade.desktop.view_models.cycles import CycleView
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock


class CycleDesk(QObject):
    """Whoever looks at an older cycle stays there while new ones run."""

    def __init__(self, desk: Snapshot, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._clock = desk, clock
        self._chosen: int | None = None
        self._state = view_state(CycleView(), self)
        self._rows = RowsModel(self)

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @Property(QObject, constant=True)
    def rows(self) -> RowsModel:
        return self._rows

    def show(self, wall: datetime) -> None:
        """Take over the snapshot."""
        number = self._number()
        self._state.show(cycles.cycle_view(self._desk, wall, number))
        self._rows.show(cycles.cycle_rows(self._desk, number))

    # What the page asks for

    @Slot(int)
    def step(self, by: int) -> None:
        """Look at an earlier or a later cycle; the last one is followed from then on."""
        every = cycles.numbers_of(self._desk)
        if every:
            place = every.index(self._number()) + by
            self.choose(str(every[max(0, min(len(every) - 1, place))]))

    @Slot(str)
    def choose(self, name: str) -> None:
        """Look at a cycle, by its number."""
        every = cycles.numbers_of(self._desk)
        number = next((one for one in every if str(one) == name), None)
        self._chosen = None if every and number == every[-1] else number
        self.show(self._clock.now())

    def _number(self) -> int:
        every = cycles.numbers_of(self._desk)
        if self._chosen not in every:
            self._chosen = None
        return self._chosen or (every[-1] if every else 0)
