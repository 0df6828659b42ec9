"""The Markets page beside its chart: the price consensus with its evidence, the watch list."""

from datetime import datetime

from PySide6.QtCore import Property, QObject

from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import consensus
from qt_trade.desktop.view_models.consensus import ConsensusView
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.desktop.view_models.watch_desk import WatchDesk
from qt_trade.desktop.view_models.watch_wishes import Line
from qt_trade.kit.clock import Clock


class MarketDesk(QObject):
    """Follows the selected symbol; only its stored bars are asked for."""

    def __init__(self, link: DeskLink, desk: Snapshot, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._link, self._desk = link, desk
        self._symbol = ""
        self._consensus = view_state(ConsensusView(), self)
        self._sources = RowsModel(self)
        self._watch = WatchDesk(link, desk, clock, self)

    @Property(QObject, constant=True)
    def consensus(self) -> ViewState:
        return self._consensus

    @Property(QObject, constant=True)
    def sources(self) -> RowsModel:
        return self._sources

    @Property(QObject, constant=True)
    def watch(self) -> WatchDesk:
        return self._watch

    def show(self, wall: datetime, symbol: str) -> None:
        """Take over the snapshot for a symbol."""
        if symbol != self._symbol:
            self._symbol = symbol
            self._link.look_at(symbol)
        self._consensus.show(consensus.consensus_view(self._desk, wall, symbol))
        self._sources.show(consensus.source_rows(self._desk, wall, symbol))
        self._watch.show(wall)

    def lines(self) -> list[Line]:
        """Return the symbols of the watch list that are shown."""
        return self._watch.lines()

    def answered(self, answer: Answer) -> None:
        """Take over how a write of the watch list ended."""
        self._watch.answered(answer)

    def forget(self) -> None:
        """Let go of what was asked for: another backend follows."""
        self._watch.forget()
