"""What was decided, ordered and filled, and what else happened."""

from PySide6.QtCore import QObject

from qt_trade.desktop.models import cells
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.rows import ActivityRow, OrderRow, StepRow, TradeRow
from qt_trade.desktop.models.table import TableModel

STAGES = ("CANDIDATE", "SIGNAL", "RISK", "ORDER")


def _step(row: StepRow, stage: str) -> Cell:
    """Return a stage's words; the one where the way ended is coloured, the way to it is quiet."""
    text = str(getattr(row, stage.lower()))
    return Cell(text, row.tone if row.ended_at == stage else fmt.MUTED)


def _ended(row: StepRow) -> Cell:
    return Cell(row.ended_at.lower(), row.tone)


def _far(row: StepRow) -> float | None:
    return float(STAGES.index(row.ended_at)) if row.ended_at in STAGES else None


STEP_COLUMNS: tuple[Column[StepRow], ...] = (
    Column("Symbol", cells.TEXT, lambda row: Cell(row.symbol), lambda row: row.symbol),
    Column("Candidate", cells.TEXT, lambda row: _step(row, "CANDIDATE"), lambda row: row.candidate),
    Column("Signal", cells.TEXT, lambda row: _step(row, "SIGNAL"), lambda row: row.signal),
    Column("Risk", cells.TEXT, lambda row: _step(row, "RISK"), lambda row: row.risk),
    Column("Order", cells.TEXT, lambda row: _step(row, "ORDER"), lambda row: row.order),
    Column("Ended at", cells.CHIP, _ended, _far),
)

ACTIVITY_COLUMNS: tuple[Column[ActivityRow], ...] = (
    Column("Time", cells.TEXT, lambda row: cells.moment(row.at), lambda row: row.at.timestamp()),
    Column("Subject", cells.TEXT, lambda row: Cell(row.subject), lambda row: row.subject),
    Column("What", cells.TEXT, lambda row: Cell(row.what, row.tone), lambda row: row.what),
    Column("From", cells.TEXT, lambda row: Cell(row.source, fmt.MUTED), lambda row: row.source),
)


def _filled(row: OrderRow) -> Cell:
    return Cell(f"{fmt.quantity(row.filled)} of {fmt.quantity(row.quantity)}")


def _trade(row: TradeRow) -> Cell:
    words = f"{row.side} {fmt.quantity(row.quantity)} at {fmt.price(row.price)}"
    return Cell(words, extra=row.reason)


TRADE_COLUMNS: tuple[Column[TradeRow], ...] = (
    Column("Time", cells.TEXT, lambda row: cells.moment(row.at), lambda row: row.at.timestamp()),
    Column("Symbol", cells.TEXT, lambda row: Cell(row.symbol), lambda row: row.symbol),
    Column("What", cells.TEXT, _trade, lambda row: row.side),
    Column(
        "Value",
        cells.NUMBER,
        lambda row: cells.plain(fmt.number(row.value)),
        lambda row: cells.sort_number(row.value),
    ),
    Column(
        "Fees",
        cells.NUMBER,
        lambda row: cells.plain(fmt.number(row.fees), fmt.MUTED),
        lambda row: cells.sort_number(row.fees),
    ),
    Column(
        "Realised",
        cells.NUMBER,
        lambda row: cells.gain(row.realized),
        lambda row: cells.sort_number(row.realized),
    ),
    Column("From", cells.TEXT, lambda row: Cell(row.source, fmt.MUTED), lambda row: row.source),
)


def _order(row: OrderRow) -> Cell:
    return Cell(f"{row.side} {fmt.quantity(row.quantity)}, {row.terms}", extra=row.reason)


ORDER_COLUMNS: tuple[Column[OrderRow], ...] = (
    Column("Time", cells.TEXT, lambda row: cells.moment(row.at), lambda row: row.at.timestamp()),
    Column("Symbol", cells.TEXT, lambda row: Cell(row.symbol), lambda row: row.symbol),
    Column("What", cells.TEXT, _order, lambda row: row.side),
    Column("Filled", cells.NUMBER, _filled, lambda row: row.filled / max(1, row.quantity)),
    Column("Status", cells.CHIP, lambda row: Cell(row.status, row.tone), lambda row: row.status),
    Column("From", cells.TEXT, lambda row: Cell(row.source, fmt.MUTED), lambda row: row.source),
)


class CandidateStepsModel(TableModel[StepRow]):
    """Columns: symbol, candidate, signal, risk, order, ended at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(STEP_COLUMNS, parent)


class ActivityModel(TableModel[ActivityRow]):
    """Columns: time, subject, what, from. Give the newest row first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(ACTIVITY_COLUMNS, parent)


class TradesModel(TableModel[TradeRow]):
    """Columns: time, symbol, what (``extra``: the reason), value, fees, realised, from."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(TRADE_COLUMNS, parent)


class OrdersModel(TableModel[OrderRow]):
    """Columns: time, symbol, what (``extra``: the reason), filled, status, from."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(ORDER_COLUMNS, parent)
