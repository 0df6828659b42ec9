"""The AI's candidates: what it names, why, until when, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject

from qt_trade.desktop.models import cells
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.table import TableModel

EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One opinion; its texts are an outsider's, in one line each.

    ``view``: up, down or flat; ``left_s``: until it expires, None where no clock is known.
    """

    symbol: str
    view: str
    reason: str
    cited: str
    confidence: float
    expires_at: datetime
    left_s: float | None
    became: str
    stale: bool = False

    @property
    def key(self) -> str:
        return self.symbol


_ARROWS = {"up": fmt.UP, "down": fmt.DOWN}


def _view(row: CandidateRow) -> Cell:
    """Return the direction without the colour of a gain or a loss: it is nobody's advice."""
    return Cell(f"{_ARROWS.get(row.view, '')} {row.view}".strip(), fmt.MUTED)


def _left(row: CandidateRow) -> Cell:
    if row.left_s is None:
        return cells.plain(fmt.MISSING)
    if row.left_s <= 0:
        return Cell(EXPIRED, fmt.FAINT)
    return Cell(fmt.span(row.left_s), fmt.MUTED)


COLUMNS: tuple[Column[CandidateRow], ...] = (
    Column("Symbol", cells.TEXT, lambda row: Cell(row.symbol), lambda row: row.symbol),
    Column("View", cells.TEXT, _view, lambda row: row.view, "candidate/{key}/recommendation"),
    Column("Reason", cells.TEXT, lambda row: Cell(row.reason), lambda row: row.reason),
    Column(
        "Sources it cites",
        cells.TEXT,
        lambda row: Cell(row.cited or "none", fmt.MUTED),
        lambda row: row.cited or None,
    ),
    Column(
        "Conf.",
        cells.NUMBER,
        lambda row: Cell(fmt.share(row.confidence, 0)),
        lambda row: row.confidence,
        "candidate/{key}/confidence",
    ),
    Column(
        "Expires",
        cells.NUMBER,
        lambda row: Cell(fmt.clock(row.expires_at)[:5], fmt.MUTED),
        lambda row: row.expires_at.timestamp(),
        "candidate/{key}/expires_at",
    ),
    Column("In", cells.NUMBER, _left, lambda row: row.left_s, "candidate/{key}/expires_at"),
    Column(
        "Became",
        cells.TEXT,
        lambda row: cells.plain(row.became or fmt.MISSING, fmt.MUTED),
        lambda row: row.became or None,
    ),
)


class CandidatesModel(TableModel[CandidateRow]):
    """Columns: symbol, view, reason, sources, confidence, expiry, time left, what it became."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
