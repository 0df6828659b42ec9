"""What was filled."""

from PySide6.QtCore import QObject

from qt_trade.desktop.models import cells
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.rows import TradeRow
from qt_trade.desktop.models.table import TableModel


def _trade(row: TradeRow) -> Cell:
    words = f"{row.side} {fmt.quantity(row.quantity)} at {fmt.price(row.price)}"
    return Cell(words, extra=row.reason)


TRADE_COLUMNS: tuple[Column[TradeRow], ...] = (
    Column(
        "Time",
        cells.TEXT,
        lambda row: cells.moment(row.at),
        lambda row: row.at.timestamp(),
        "trade/{key}/time",
    ),
    Column("Symbol", cells.TEXT, lambda row: Cell(row.symbol), lambda row: row.symbol),
    Column("What", cells.TEXT, _trade, lambda row: row.side, "trade/{key}/price"),
    Column(
        "Value",
        cells.NUMBER,
        lambda row: cells.plain(fmt.number(row.value)),
        lambda row: cells.sort_number(row.value),
        "trade/{key}/value",
    ),
    Column(
        "Fees",
        cells.NUMBER,
        lambda row: cells.plain(fmt.number(row.fees), fmt.MUTED),
        lambda row: cells.sort_number(row.fees),
        "trade/{key}/fees",
    ),
    Column(
        "Realised",
        cells.NUMBER,
        lambda row: cells.gain(row.realized),
        lambda row: cells.sort_number(row.realized),
        "trade/{key}/realized",
    ),
    Column("From", cells.TEXT, lambda row: Cell(row.source, fmt.MUTED), lambda row: row.source),
)


class TradesModel(TableModel[TradeRow]):
    """Columns: time, symbol, what (``extra``: the reason), value, fees, realised, from."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(TRADE_COLUMNS, parent)
