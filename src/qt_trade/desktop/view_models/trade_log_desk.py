"""The trades log at work: its filters, and its lines as a file."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from PySide6.QtCore import Property, QObject, QUrl, Slot

from qt_trade.contract import registry
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.trade_log import LogRow, TradeLogModel
from qt_trade.desktop.snapshot import TRADES_KEPT, Snapshot
from qt_trade.desktop.view_models import freshness, trade_log, words
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.desktop.view_models.trade_log import Filters
from qt_trade.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class TradeLogView:
    """``kept``: what is said where the log may hold more than is kept here."""

    known: bool = False
    count: str = ""
    note: str = ""
    note_tone: str = "faint"
    span_index: int = 0
    origin_index: int = 0
    result: str = trade_log.RESULTS[0]
    text: str = ""
    sums: dict[str, str] = field(default_factory=dict)
    kept: str = ""
    told: str = ""
    told_tone: str = "faint"


class TradeLogDesk(QObject):
    """Works only on what the backend has logged."""

    def __init__(self, desk: Snapshot, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._clock = desk, clock
        self._filters = Filters()
        self._told, self._told_tone = "", "faint"
        self._every: list[LogRow] = []
        self._chosen: list[LogRow] = []
        self._seen: tuple[object, ...] = ()
        self._shown: tuple[Filters, date | None] | None = None
        self._state = view_state(TradeLogView(), self)
        self._model = TradeLogModel(self)

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @Property(QObject, constant=True)
    def table(self) -> TradeLogModel:
        return self._model

    def show(self, wall: datetime) -> None:
        """Take over the snapshot; nothing is sorted anew while nothing came."""
        desk = self._desk
        fresh = freshness.of(desk, registry.TRADING_STATUS, wall)
        seen = (
            len(desk.trades), desk.trades[-1] if desk.trades else None,
            len(desk.order_events), desk.order_events[-1] if desk.order_events else None,
            None if desk.summary is None else desk.summary.account, fresh.stale,
        )  # fmt: skip
        if _differ(seen, self._seen):
            self._seen, self._every = seen, trade_log.log_rows(desk, stale=fresh.stale)
            self._shown = None
        now = desk.feed_now(wall)
        chosen = (self._filters, None if now is None else now.astimezone(fmt.NEW_YORK).date())
        if self._shown != chosen:
            self._shown = chosen
            self._chosen = trade_log.filtered(self._every, self._filters, now)
            self._model.replace(self._chosen)
        rows = self._chosen
        last = self._every[0].at if self._every else None
        note = fresh.note if fresh.stale else f"Journal · {fmt.clock(last)}" if last else ""
        self._state.show(
            TradeLogView(
                known=desk.trading_status is not None or bool(self._every),
                count=str(len(rows)) if rows else "",
                note=note,
                note_tone=fresh.tone if fresh.stale else "faint",
                span_index=trade_log.SPANS.index(self._filters.span),
                origin_index=trade_log.ORIGINS.index(self._filters.origin),
                result=self._filters.result,
                text=self._filters.text,
                sums=trade_log.sums(rows),
                kept=f"the last {TRADES_KEPT} fills" if len(desk.trades) == TRADES_KEPT else "",
                told=self._told,
                told_tone=self._told_tone,
            )
        )

    # What the page asks for

    @Slot(int)
    def chooseSpan(self, index: int) -> None:  # noqa: N802  # Qt's names
        """Show today, a week, a month, or all that is kept."""
        self._filter(replace(self._filters, span=trade_log.SPANS[index]))

    @Slot(int)
    def chooseOrigin(self, index: int) -> None:  # noqa: N802
        """Show all orders, AutoTrading's, or those of people."""
        self._filter(replace(self._filters, origin=trade_log.ORIGINS[index]))

    @Slot()
    def nextResult(self) -> None:  # noqa: N802
        """Show another result only; in the end any again."""
        at = trade_log.RESULTS.index(self._filters.result) + 1
        self._filter(replace(self._filters, result=trade_log.RESULTS[at % len(trade_log.RESULTS)]))

    @Slot(str)
    def search(self, text: str) -> None:
        """Show only lines with this in their symbol or order id."""
        self._filter(replace(self._filters, text=text))

    @Slot(QUrl)
    def export(self, file: QUrl) -> None:
        """Write the lines that are shown into a file a person chose."""
        rows = self._chosen
        path = Path(file.toLocalFile())
        try:
            path.write_text(trade_log.as_csv(rows), encoding="utf-8")
        except OSError as error:
            self._told, self._told_tone = f"Not written: {error.strerror or error}", "crit"
        else:
            lines = words.count(len(rows), "line")
            self._told, self._told_tone = f"{lines} written to {path.name}", "ok"
        self.show(self._clock.now())

    @Slot(str, result=str)
    def symbolOf(self, key: str) -> str:  # noqa: N802
        """Return the symbol of a line."""
        return next((row.symbol for row in self._every if row.key == key), "")

    def _filter(self, filters: Filters) -> None:
        self._filters, self._told = filters, ""
        self.show(self._clock.now())


def _differ(now: tuple[object, ...], before: tuple[object, ...]) -> bool:
    """Whether something came; the same object is not looked into."""
    return not before or any(a is not b and a != b for a, b in zip(now, before, strict=True))
