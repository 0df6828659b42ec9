"""The score-card as a table."""

from PySide6.QtCore import QObject

from qt_trade.desktop.models import cells
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.intelligence_rows import ScoreRow
from qt_trade.desktop.models.system_rows import State
from qt_trade.desktop.models.table import TableModel


def _chip(state: State) -> Cell:
    return Cell(state.word, state.tone, state.icon)


def _share(value: float | None, tone: str = fmt.NORMAL) -> Cell:
    return cells.plain(fmt.share(value), tone)


def interval_words(row: ScoreRow) -> tuple[str, str]:
    """Return a difference in words, and its interval: ``+0.8``, ``(−0.4 to 2.0)``."""
    span = row.difference
    if span is None:
        return fmt.MISSING, ""
    return fmt.signed(span.value, 1), f"({fmt.number(span.low, 1)} to {fmt.number(span.high, 1)})"


def _interval(row: ScoreRow) -> Cell:
    """Return a difference as words, and as places of a drawing between 0 and 1."""
    value, around = interval_words(row)
    if row.difference is None:
        share = min(1.0, row.cases / row.needed) if row.needed else -1.0
        of = f"{row.cases:,} of {row.needed:,}" if row.needed else ""
        extra = {"known": False, "waiting": row.waiting, "share": share, "of": of}
        return Cell(f"{row.waiting} {of}".rstrip(), fmt.MUTED, extra)
    places = {
        name: row.scale.place(getattr(row.difference, name)) for name in ("value", "low", "high")
    }
    extra = {
        "known": True,
        "zero": row.scale.place(0.0),
        "words": value,
        "around": around,
        **places,
    }
    return Cell(f"{value} {around}", row.verdict.tone, extra)


def _action(row: ScoreRow) -> Cell:
    return Cell(row.action.verb, fmt.NORMAL, {"on": row.action.on, "hint": row.action.hint})


SCORE_COLUMNS: tuple[Column[ScoreRow], ...] = (
    Column(
        "Horizon",
        cells.TEXT,
        lambda row: Cell(f"{row.horizon_min} min"),
        lambda row: row.horizon_min,
    ),
    Column(
        "Model",
        cells.TOLD,
        lambda row: Cell(row.name, extra=row.words),
        lambda row: row.name,
    ),
    Column("State", cells.CHIP, lambda row: _chip(row.state), lambda row: row.state.word),
    Column(
        "Hit rate",
        cells.NUMBER,
        lambda row: _share(row.hit_rate),
        lambda row: row.hit_rate,
        "score/{key}/hit_rate",
    ),
    Column(
        "Naive",
        cells.NUMBER,
        lambda row: _share(row.naive, fmt.MUTED),
        lambda row: row.naive,
        "score/{key}/naive",
    ),
    Column(
        "Difference in points, 95% interval",
        cells.INTERVAL,
        _interval,
        lambda row: None if row.difference is None else row.difference.value,
        "score/{key}/difference",
    ),
    Column("Verdict", cells.CHIP, lambda row: _chip(row.verdict), lambda row: row.verdict.word),
    Column(
        "Cases",
        cells.NUMBER,
        lambda row: cells.plain(fmt.number(row.cases, 0), fmt.MUTED),
        lambda row: row.cases,
        "score/{key}/cases",
    ),
    Column(
        "Brier score",
        cells.NUMBER,
        lambda row: cells.plain(fmt.number(row.brier, 4)),
        lambda row: row.brier,
        "score/{key}/brier",
    ),
    Column("", cells.ACTION, _action, lambda row: row.action.verb),
)


class ScoreModel(TableModel[ScoreRow]):
    """Columns: horizon, model, state, hit rate, naive, difference, verdict, cases, Brier, action."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(SCORE_COLUMNS, parent)
