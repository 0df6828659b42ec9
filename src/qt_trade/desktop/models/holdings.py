"""Positions in full: sector, exits, how long they are held, and how old their price is."""

from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QObject

from qt_trade.desktop.models import cells
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.format import Number
from qt_trade.desktop.models.table import TableModel


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """One position. ``exits_words`` say whose its exits are; seconds are of the feed."""

    symbol: str
    quantity: Decimal
    sector: str = ""
    average_cost: Number | None = None
    last: Number | None = None
    day_fraction: float | None = None
    day_pl: Number | None = None
    value: Number | None = None
    unrealized: Number | None = None
    unrealized_fraction: float | None = None
    weight: float | None = None
    weight_cap: float | None = None
    stop: Number | None = None
    target: Number | None = None
    exits_words: str = ""
    held_s: float | None = None
    age_s: float | None = None
    stale: bool = False

    @property
    def key(self) -> str:
        return self.symbol


def _weight(row: HoldingRow) -> Cell:
    text = fmt.share(row.weight)
    if row.weight is None or not row.weight_cap:
        return Cell(text, fmt.OFF if row.weight is None else fmt.NORMAL, None)
    used = abs(row.weight) / row.weight_cap
    return Cell(text, fmt.WARN if used > 1 else fmt.NORMAL, min(1.0, used))


def _exits(row: HoldingRow) -> Cell:
    if row.stop is None and row.target is None:
        return Cell(row.exits_words or "none", fmt.MUTED)
    return Cell(f"{fmt.price(row.stop)} / {fmt.price(row.target)}", fmt.MUTED)


def _gain_fraction(row: HoldingRow) -> Cell:
    text = fmt.percent(row.unrealized_fraction)
    return Cell(text, fmt.percent_tone(row.unrealized_fraction), text)


HOLDING_COLUMNS: tuple[Column[HoldingRow], ...] = (
    Column("Symbol", cells.TEXT, lambda row: Cell(row.symbol), lambda row: row.symbol),
    Column(
        "Sector",
        cells.TEXT,
        lambda row: Cell(row.sector or "not known", fmt.MUTED if row.sector else fmt.OFF),
        lambda row: row.sector or None,
        "position/{key}/sector",
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
        "Unrealised",
        cells.NUMBER,
        lambda row: cells.gain(row.unrealized),
        lambda row: cells.sort_number(row.unrealized),
        "position/{key}/unrealized_pl",
    ),
    Column(
        "in %",
        cells.NUMBER,
        _gain_fraction,
        lambda row: cells.sort_number(row.unrealized_fraction),
        "position/{key}/unrealized_pl",
    ),
    Column(
        "Weight",
        cells.WEIGHT,
        _weight,
        lambda row: cells.sort_number(row.weight),
        "position/{key}/weight",
    ),
    Column(
        "Stop / target",
        cells.NUMBER,
        _exits,
        lambda row: cells.sort_number(row.stop),
        "position/{key}/exits",
    ),
    Column(
        "Held",
        cells.NUMBER,
        lambda row: cells.plain(fmt.age(row.held_s), fmt.MUTED),
        lambda row: cells.sort_number(row.held_s),
        "position/{key}/opened_at",
    ),
    Column(
        "Age",
        cells.NUMBER,
        lambda row: cells.plain(fmt.age(row.age_s), fmt.MUTED),
        lambda row: cells.sort_number(row.age_s),
        "position/{key}/last",
    ),
)


class HoldingsModel(TableModel[HoldingRow]):
    """One row per position."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(HOLDING_COLUMNS, parent)
