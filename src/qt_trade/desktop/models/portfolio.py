"""Positions and predictions: what is held, and what is expected."""

from PySide6.QtCore import QObject

from qt_trade.desktop.models import cells
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.rows import PositionRow, PredictionRow
from qt_trade.desktop.models.table import TableModel


def _weight(row: PositionRow) -> Cell:
    text = fmt.share(row.weight)
    if row.weight is None or not row.weight_cap:
        return Cell(text, fmt.OFF if row.weight is None else fmt.NORMAL, None)
    used = abs(row.weight) / row.weight_cap
    return Cell(text, fmt.WARN if used > 1 else fmt.NORMAL, min(1.0, used))


POSITION_COLUMNS: tuple[Column[PositionRow], ...] = (
    Column(
        "Symbol", cells.TEXT, lambda row: Cell(row.symbol, extra=row.name), lambda row: row.symbol
    ),
    Column(
        "Qty",
        cells.NUMBER,
        lambda row: cells.plain(fmt.quantity(row.quantity)),
        lambda row: float(row.quantity),
        "position/{key}/qty",
    ),
    Column(
        "Avg cost",
        cells.NUMBER,
        lambda row: cells.plain(fmt.price(row.average_cost), fmt.MUTED),
        lambda row: cells.sort_number(row.average_cost),
        "position/{key}/avg_entry_price",
    ),
    Column(
        "Last",
        cells.NUMBER,
        lambda row: cells.plain(fmt.price(row.last)),
        lambda row: cells.sort_number(row.last),
        "position/{key}/last",
    ),
    Column(
        "Day %",
        cells.DELTA,
        lambda row: cells.change(row.day_fraction),
        lambda row: cells.sort_number(row.day_fraction),
        "position/{key}/day_change_pct",
    ),
    Column(
        "Day P/L",
        cells.NUMBER,
        lambda row: cells.gain(row.day_pl),
        lambda row: cells.sort_number(row.day_pl),
        "position/{key}/day_pl",
    ),
    Column(
        "Value",
        cells.NUMBER,
        lambda row: cells.plain(fmt.number(row.value)),
        lambda row: cells.sort_number(row.value),
        "position/{key}/market_value",
    ),
    Column(
        "Weight",
        cells.WEIGHT,
        _weight,
        lambda row: cells.sort_number(row.weight),
        "position/{key}/weight",
    ),
    Column(
        "Unrealised",
        cells.NUMBER,
        lambda row: cells.gain(row.unrealized),
        lambda row: cells.sort_number(row.unrealized),
        "position/{key}/unrealized_pl",
    ),
)

PREDICTION_COLUMNS: tuple[Column[PredictionRow], ...] = (
    Column(
        "Symbol", cells.TEXT, lambda row: Cell(row.symbol, extra=row.words), lambda row: row.symbol
    ),
    *cells.horizon_columns(lambda row: row.horizons, lambda row: row.words),
)


class PositionsModel(TableModel[PositionRow]):
    """Columns: symbol, quantity, average cost, last, day %, day P/L, value, weight, unrealised."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(POSITION_COLUMNS, parent)


class PredictionsModel(TableModel[PredictionRow]):
    """Columns: symbol (``extra``: why a horizon is missing), 15, 30 and 60 minutes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(PREDICTION_COLUMNS, parent)
