"""The watch list: one row per symbol, from its quote, its sources, its day, its predictions."""

from PySide6.QtCore import QObject

from qt_trade.desktop.models import cells
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.rows import WatchRow
from qt_trade.desktop.models.table import TableModel

SPARK_POINTS = 40


def spark_points(prices: tuple[float, ...]) -> list[float]:
    """Return at most 40 of the prices, evenly taken, the newest always among them."""
    if len(prices) <= SPARK_POINTS:
        return list(prices)
    step = (len(prices) - 1) / (SPARK_POINTS - 1)
    return [prices[round(place * step)] for place in range(SPARK_POINTS)]


def _spark(row: WatchRow) -> Cell:
    points = spark_points(row.spark)
    tone = fmt.percent_tone(row.change_fraction)
    return Cell("", tone, {"points": points, "reference": row.previous_close})


def _age(row: WatchRow) -> Cell:
    late = row.stale or row.ageing
    return cells.plain(fmt.age(row.age_s), fmt.WARN if late else fmt.MUTED)


def _name(row: WatchRow) -> Cell:
    """Return the symbol; what is to be known of it goes before its company's name."""
    known = {"words": row.words or row.name, "tone": row.words_tone if row.words else fmt.FAINT}
    return Cell(row.symbol, extra=known)


def _sources(row: WatchRow) -> Cell:
    return cells.plain(row.sources or fmt.MISSING, row.sources_tone)


COLUMNS: tuple[Column[WatchRow], ...] = (
    Column("Symbol", cells.NAMED, _name, lambda row: row.symbol),
    Column(
        "Last",
        cells.NUMBER,
        lambda row: cells.plain(fmt.price(row.last)),
        lambda row: cells.sort_number(row.last),
        "quote/{key}/price",
    ),
    Column(
        "Change %",
        cells.DELTA,
        lambda row: cells.change(row.change_fraction),
        lambda row: cells.sort_number(row.change_fraction),
        "quote/{key}/change_percent",
    ),
    Column(
        "Change",
        cells.NUMBER,
        lambda row: cells.gain(row.change),
        lambda row: cells.sort_number(row.change),
        "quote/{key}/change",
    ),
    Column(
        "Bid",
        cells.NUMBER,
        lambda row: cells.plain(fmt.price(row.bid)),
        lambda row: cells.sort_number(row.bid),
        "quote/{key}/bid",
    ),
    Column(
        "Ask",
        cells.NUMBER,
        lambda row: cells.plain(fmt.price(row.ask)),
        lambda row: cells.sort_number(row.ask),
        "quote/{key}/ask",
    ),
    Column(
        "Spread",
        cells.NUMBER,
        lambda row: Cell(*fmt.spread(fmt.spread_bp(row.bid, row.ask), fmt.MUTED)),
        lambda row: fmt.spread_bp(row.bid, row.ask),
        "quote/{key}/spread",
    ),
    Column(
        "Volume",
        cells.NUMBER,
        lambda row: cells.plain(fmt.volume(row.volume), fmt.MUTED),
        lambda row: row.volume,
        "quote/{key}/volume",
    ),
    Column(
        "Today",
        cells.SPARK,
        _spark,
        lambda row: cells.sort_number(row.change_fraction),
        "quote/{key}/day",
    ),
    Column(
        "Sources",
        cells.NUMBER,
        _sources,
        lambda row: row.sources or None,
        "consensus/{key}/sources",
    ),
    Column("Age", cells.NUMBER, _age, lambda row: row.age_s, "quote/{key}/age"),
    *cells.horizon_columns(lambda row: row.horizons, lambda row: row.unpredicted),
    Column("", cells.REMOVE, lambda row: Cell("", extra=row.mine), lambda _: None),
)


class WatchListModel(TableModel[WatchRow]):
    """Columns: symbol, last, change %, change, bid, ask, spread, volume, today, sources, age, ...

    ... the predictions after 15, 30 and 60 minutes, and what takes the symbol out.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
