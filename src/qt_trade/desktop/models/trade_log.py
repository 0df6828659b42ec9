"""The trades log: fills, and orders that ended without one, each with its reason."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QObject

from qt_trade.desktop.models import cells
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.table import TableModel


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line. ``result`` is the word of its chip; ``price`` and ``value`` are None of no fill.

    ``auto``: AutoTrading wanted it; None where that is not known.
    """

    key: str
    at: datetime
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal | None
    value: Decimal | None
    result: str
    detail: str
    realized: Decimal | None
    by: str
    auto: bool | None
    order_id: str
    fees: Decimal | None = None
    stale: bool = False


FILLED, REFUSED, REJECTED, EXPIRED, CANCELED = (
    "FILLED",
    "REFUSED BY RISK",
    "REJECTED",
    "EXPIRED",
    "CANCELED",
)
_CHIPS = {
    FILLED: ("", "check"),
    REFUSED: ("crit", "cross"),
    REJECTED: ("crit", "cross"),
    EXPIRED: ("", ""),
    CANCELED: ("", ""),
}


def _result(row: LogRow) -> Cell:
    tone, icon = _CHIPS[row.result]
    return Cell(row.result, tone, icon)


def _side(row: LogRow) -> Cell:
    return Cell(f"{fmt.UP if row.side == 'BUY' else fmt.DOWN} {row.side.capitalize()}", fmt.MUTED)


LOG_COLUMNS: tuple[Column[LogRow], ...] = (
    Column(
        "Time",
        cells.TEXT,
        lambda row: cells.moment(row.at),
        lambda row: row.at.timestamp(),
        "trade/{key}/time",
    ),
    Column("Symbol", cells.TEXT, lambda row: Cell(row.symbol), lambda row: row.symbol),
    Column("Side", cells.TEXT, _side, lambda row: row.side),
    Column(
        "Qty",
        cells.NUMBER,
        lambda row: cells.plain(fmt.quantity(row.quantity)),
        lambda row: float(row.quantity),
    ),
    Column(
        "Price",
        cells.NUMBER,
        lambda row: cells.plain(fmt.price(row.price)),
        lambda row: cells.sort_number(row.price),
        "trade/{key}/price",
    ),
    Column(
        "Value",
        cells.NUMBER,
        lambda row: cells.plain(fmt.number(row.value)),
        lambda row: cells.sort_number(row.value),
        "trade/{key}/value",
    ),
    Column("Result", cells.CHIP, _result, lambda row: row.result),
    Column("Detail", cells.TEXT, lambda row: Cell(row.detail, fmt.MUTED), lambda row: row.detail),
    Column(
        "Realised",
        cells.NUMBER,
        lambda row: cells.gain(row.realized),
        lambda row: cells.sort_number(row.realized),
        "trade/{key}/realized",
    ),
    Column("By", cells.NUMBER, lambda row: Cell(row.by, fmt.MUTED), lambda row: row.by),
)


class TradeLogModel(TableModel[LogRow]):
    """Columns: time, symbol, side, quantity, price, value, result, detail, realised, by."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(LOG_COLUMNS, parent)
