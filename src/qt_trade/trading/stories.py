"""What the journal has of one order from its cause to its end, and of one symbol around a moment."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qt_trade.model.orders import Order, legs_of
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.trading import events as e
from qt_trade.trading.book_events import DiscrepancyEnded, DiscrepancyFound
from qt_trade.trading.event_words import words_of
from qt_trade.trading.reading import Entry

STATES_KEPT = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a story. ``verdicts``: of every risk rule, where it tells of them."""

    place: int
    kind: str
    at: datetime
    feed_at: datetime
    words: str
    verdicts: tuple[RuleVerdict, ...] = ()


def line_of(entry: Entry) -> Line:
    """Return an entry as a line for people."""
    event = entry.event
    words = entry.trouble if event is None else words_of(event)
    verdicts = event.verdicts if isinstance(event, e.RiskJudged) else ()
    return Line(entry.place, entry.kind, entry.at, entry.feed_at, words, verdicts)


@dataclass(slots=True)
class OrderStory:
    """Collects the life of an order, and of what belongs to it: its exits, what it replaced.

    What caused it comes with it: the command, or the cycle and its row.
    """

    order_id: str
    lines: list[Line] = field(default_factory=list)
    order: Order | None = None
    related: set[str] = field(default_factory=set)
    _command_id: str | None = None

    def take(self, entry: Entry) -> None:
        """Take the next entry of the journal, oldest first."""
        event = entry.event
        if entry.order_id == self.order_id:
            self._remember(event)
            self.lines.append(line_of(entry))
        elif isinstance(event, e.CommandAnswered) and event.command_id == self._command_id:
            self.lines.append(line_of(entry))
        elif isinstance(event, e.CycleFinished):
            self._take_cycle(entry, event.report)

    def _remember(self, event: e.Event | None) -> None:
        order = getattr(event, "order", None)
        if isinstance(order, Order):
            self.order = order
            self.related |= {leg.order_id for leg in legs_of(order)}
            self.related |= {one for one in (order.parent_id, order.replaces) if one}
        if isinstance(event, e.OrderApproved | e.OrderRefused):
            self._command_id = event.command_id

    def _take_cycle(self, entry: Entry, report: e.CycleReport) -> None:
        for row in report.rows:
            if row.order_id == self.order_id:
                words = f"cycle {report.number} of {report.slot:%H:%M} UTC: {row_words(row)}"
                self.lines.append(Line(entry.place, entry.kind, entry.at, entry.feed_at, words))


@dataclass(slots=True)
class SymbolStory:
    """Collects why something was, or was not, done in a symbol around a moment of feed time."""

    symbol: Symbol
    moment: datetime
    around: timedelta
    lines: list[Line] = field(default_factory=list)
    nearest: e.CycleReport | None = None
    first: datetime | None = None
    last: datetime | None = None
    seen: bool = False
    _states: deque[Line] = field(default_factory=lambda: deque(maxlen=STATES_KEPT))
    _ours: set[str] = field(default_factory=set)

    def take(self, entry: Entry) -> None:
        """Take the next entry of the journal, oldest first."""
        self.first = self.first or entry.feed_at
        self.last = entry.feed_at
        event = entry.event
        if isinstance(event, e.CycleFinished):
            self._take_cycle(event.report)
        elif isinstance(event, _STATES) and entry.feed_at <= self.moment + self.around:
            self._states.append(line_of(entry))
        elif self._concerns(event):
            self.seen = True
            if abs(entry.feed_at - self.moment) <= self.around:
                self.lines.append(line_of(entry))

    def _take_cycle(self, report: e.CycleReport) -> None:
        self.seen = self.seen or any(row.symbol == self.symbol for row in report.rows)
        if self.nearest is None or self._distance(report) <= self._distance(self.nearest):
            self.nearest = report

    def _distance(self, report: e.CycleReport) -> timedelta:
        return abs(report.slot - self.moment)

    def _concerns(self, event: e.Event | None) -> bool:
        order = getattr(event, "order", None)
        if isinstance(order, Order):
            if order.symbol == self.symbol:
                self._ours |= {order.order_id, *(leg.order_id for leg in legs_of(order))}
            return order.symbol == self.symbol
        if getattr(event, "symbol", None) == self.symbol:
            return True
        order_id = getattr(event, "order_id", None)
        if order_id is None:
            order_id = getattr(getattr(event, "fill", None), "order_id", None)
        return order_id in self._ours

    @property
    def row(self) -> e.CycleRow | None:
        """The symbol's way through the nearest cycle; None where it was no candidate of it."""
        rows = () if self.nearest is None else self.nearest.rows
        return next((row for row in rows if row.symbol == self.symbol), None)

    @property
    def held_back(self) -> Iterator[Line]:
        """What was in force at the moment for every symbol: the last word of each kind of state."""
        told: dict[str, Line] = {}
        for line in self._states:
            told[_STATE_OF[line.kind]] = line
        return iter(told.values())


_STATE_OF = {
    "TradingStopped": "stop",
    "TradingResumed": "stop",
    "AutoTradingStarted": "auto",
    "AutoTradingStopped": "auto",
    "ControllerLost": "control",
    "ControllerReturned": "control",
    "ControlTaken": "control",
    "DiscrepancyFound": "books",
    "DiscrepancyEnded": "books",
}
_STATES = (
    e.TradingStopped,
    e.TradingResumed,
    e.AutoTradingStarted,
    e.AutoTradingStopped,
    e.ControllerLost,
    e.ControllerReturned,
    e.ControlTaken,
    DiscrepancyFound,
    DiscrepancyEnded,
)


def row_words(row: e.CycleRow) -> str:
    """Return a symbol's way through a cycle: every stage it reached, and the end of it."""
    stages = (
        ("candidate", row.candidate),
        ("signal", row.signal),
        ("risk", row.risk),
        ("order", row.order),
    )
    told = "; ".join(f"{name}: {words}" for name, words in stages if words)
    return f"{told} (ended at {row.ended_at})"
