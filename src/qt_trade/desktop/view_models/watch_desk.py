"""The watch list's editing: what a person types, adds, takes out and wants back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import is_not

from PySide6.QtCore import Property, QObject, Signal, Slot

from qt_trade.contract import registry
from qt_trade.contract.errors import ConflictError
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import form_words, rights, watch_wishes
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.desktop.view_models.watch_wishes import Filter, Line, Wishes
from qt_trade.kit.clock import Clock

REQUEST = "watch-list"
UNDO_S = 8.0
"""So long a removal can be taken back with a click."""
TRIES_MAX = 8
"""After so many lists that others wrote meanwhile a person is asked to do it again."""
FILTERS = tuple(Filter)


@dataclass(frozen=True, slots=True)
class WatchView:
    """What stands at the head of the list. ``note``: what became of the last change."""

    can_edit: bool = False
    hint: str = ""
    busy: bool = False
    error: str = ""
    note: str = ""
    note_tone: str = "faint"
    undo: str = ""
    filters: tuple[str, ...] = tuple(one.value for one in FILTERS)
    filter_index: int = 0
    count: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class _Gone:
    """A symbol that was taken out, its place, and until when it can come back by a click."""

    symbol: str
    place: int
    until: datetime


class WatchDesk(QObject):
    """Changes are written on top of the newest list: another's change never undoes one made here."""

    added = Signal(str)
    """A symbol was taken from the field, in its canonical form."""

    def __init__(self, link: DeskLink, desk: Snapshot, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._link, self._desk, self._clock = link, desk, clock
        self._state = view_state(WatchView(), self)
        self._wishes = Wishes()
        self._sent: Wishes | None = None
        self._stood_on = 0
        self._is_written = False
        self._waits_for = -1
        self._tries = 0
        self._gone: _Gone | None = None
        self._error = ""
        self._filter = Filter.ALL
        self._made_of: tuple[object, ...] = (None, None, None, None)
        self._chosen: tuple[Wishes, Filter] | None = None
        self._lines: list[Line] = []

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    def forget(self) -> None:
        """Let go of what was asked for: another backend follows."""
        self._wishes, self._sent, self._gone, self._error = Wishes(), None, None, ""

    def lines(self) -> list[Line]:
        """Return the symbols to show; worked out anew only when something of them changed."""
        desk = self._desk
        made_of = (desk.tickers, desk.wished, desk.by_source, desk.market_status)
        chosen = (self._wishes, self._filter)
        if chosen != self._chosen or any(map(is_not, made_of, self._made_of)):
            self._made_of, self._chosen = made_of, chosen
            self._lines = watch_wishes.lines(desk, self._wishes, self._filter)
        return self._lines

    def show(self, wall: datetime) -> None:
        """Take over the snapshot; what another's list held up goes on on top of it."""
        if self._gone is not None and wall > self._gone.until:
            self._gone = None
        self._go_on(wall)
        objection = self._objection()
        self._state.show(
            WatchView(
                can_edit=not objection,
                hint=objection,
                busy=bool(self._wishes),
                error=self._error,
                note=self._note(),
                undo="" if self._gone is None or objection else "Undo",
                filter_index=FILTERS.index(self._filter),
                count=watch_wishes.count_words(self._desk),
                empty=_EMPTY[self._filter],
            )
        )

    def answered(self, answer: Answer) -> None:
        """Take over how a write ended; a list written by another meanwhile is waited for."""
        if answer.request != REQUEST:
            return
        if isinstance(answer.error, ConflictError) and self._tries < TRIES_MAX:
            self._sent, self._waits_for = None, self._stood_on
            return
        self._tries = 0
        self._error = form_words.refused(answer.error)
        self._is_written = answer.error is None
        if answer.error is not None:
            self._wishes, self._sent, self._gone = Wishes(), None, None

    # What the page asks for

    @Slot(str, result=bool)
    def add(self, text: str) -> bool:
        """Ask for a symbol; what is wrong with it is said at the field."""
        self._error = self._objection() or self._take(text)
        self.show(self._clock.now())
        return not self._error

    @Slot(str)
    def remove(self, symbol: str) -> None:
        """Take a symbol out; for some seconds a click brings it back."""
        mine, now = self._mine(), self._clock.now()
        self._error = self._objection() or watch_wishes.why_kept(self._desk, mine, symbol)
        if not self._error:
            self._gone = _Gone(symbol, mine.index(symbol), now + timedelta(seconds=UNDO_S))
            self._ask(self._wishes.removing(symbol))
        self.show(now)

    @Slot()
    def undo(self) -> None:
        """Bring back what was taken out last, to its place."""
        gone, self._gone = self._gone, None
        if gone is not None and not self._objection():
            self._ask(self._wishes.adding(gone.symbol, gone.place))
        self.show(self._clock.now())

    @Slot(int)
    def choose(self, index: int) -> None:
        """Show a part of the list."""
        self._filter = FILTERS[index]
        self.show(self._clock.now())

    @Slot()
    def dismiss(self) -> None:
        """Forget what was wrong with what was typed."""
        self._error = ""
        self.show(self._clock.now())

    # Inside

    def _take(self, text: str) -> str:
        try:
            symbol = watch_wishes.typed_symbol(text)
        except ValueError as wrong:
            return str(wrong)
        why = watch_wishes.objection_to(self._mine(), symbol)
        if not why:
            self._ask(self._wishes.adding(symbol))
            self.added.emit(symbol)
        return why

    def _ask(self, wishes: Wishes) -> None:
        self._wishes, self._waits_for, self._tries = wishes, -1, 0

    def _go_on(self, wall: datetime) -> None:
        """Let go of what stands in the list that came back, and write what does not yet."""
        if self._sent is not None and self._is_written and self._revision() > self._stood_on:
            self._wishes, self._sent = self._wishes.without(self._sent), None
        if self._wishes and self._sent is None and self._revision() > self._waits_for:
            self._write(wall)

    def _write(self, wall: datetime) -> None:
        wish = watch_wishes.wish_list(self._desk, self._mine(), wall)
        if wish is None:
            return
        self._sent, self._stood_on, self._is_written = self._wishes, self._revision(), False
        self._tries += 1
        self._link.write(REQUEST, registry.WATCH_LIST, wish, self._stood_on)

    def _mine(self) -> tuple[str, ...]:
        return self._wishes.on(watch_wishes.wished(self._desk))

    def _revision(self) -> int:
        return self._desk.revisions.get(registry.WATCH_LIST.key(), 0)

    def _objection(self) -> str:
        why = rights.session_objection(self._desk)
        if not why and self._desk.market_status is None:
            return "No streamer heard yet"
        return why

    def _note(self) -> str:
        return "" if self._gone is None else f"{self._gone.symbol} taken out."


_EMPTY = {
    Filter.ALL: "Nothing is watched yet. Press A to add a symbol.",
    Filter.MINE: "None of the symbols is yours. Press A to add one.",
    Filter.POSITIONS: "No watched symbol is held or has an open order.",
    Filter.CANDIDATES: "No watched symbol is a candidate.",
}
