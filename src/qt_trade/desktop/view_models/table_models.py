"""All models the lists and tables bind to, fed from the snapshot."""

from datetime import datetime

from PySide6.QtCore import Property, QObject

from qt_trade.desktop.models.candidates import CandidatesModel
from qt_trade.desktop.models.portfolio import PositionsModel, PredictionsModel
from qt_trade.desktop.models.trading import TradesModel
from qt_trade.desktop.models.watch_list import WatchListModel
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import tables
from qt_trade.desktop.view_models.candidates import candidate_rows
from qt_trade.desktop.view_models.dashboard import order_rows
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.watch_rows import WatchRows
from qt_trade.desktop.view_models.watch_wishes import Line


class Tables(QObject):
    """One property per table."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watched = WatchRows()
        self._watch_list = WatchListModel(self)
        self._positions = PositionsModel(self)
        self._predictions = PredictionsModel(self)
        self._candidates = CandidatesModel(self)
        self._trades = TradesModel(self)
        self._orders = RowsModel(self)

    def show(self, desk: Snapshot, wall: datetime, watched: list[Line]) -> None:
        """Take over the snapshot; each model tells only what differs."""
        self._watch_list.replace(self._watched.of(desk, wall, watched))
        self._positions.replace(tables.position_rows(desk, wall))
        self._predictions.replace(tables.prediction_rows(desk, wall))
        self._candidates.replace(candidate_rows(desk, wall))
        self._trades.replace(tables.trade_rows(desk, wall))
        self._orders.show(order_rows(desk))

    @Property(QObject, constant=True)
    def watchList(self) -> WatchListModel:  # noqa: N802  # Qt's name
        return self._watch_list

    @Property(QObject, constant=True)
    def positions(self) -> PositionsModel:
        return self._positions

    @Property(QObject, constant=True)
    def predictions(self) -> PredictionsModel:
        return self._predictions

    @Property(QObject, constant=True)
    def candidates(self) -> CandidatesModel:
        return self._candidates

    @Property(QObject, constant=True)
    def trades(self) -> TradesModel:
        return self._trades

    @Property(QObject, constant=True)
    def orders(self) -> RowsModel:
        return self._orders
