"""The ticket at work: what is typed is asked of risk, and sent only when a person says so."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import RiskQuestion, SubmitOrder
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import rights, ticket_words
from qt_trade.desktop.view_models import ticket as ticketing
from qt_trade.desktop.view_models.mode import LIVE, mode_of
from qt_trade.desktop.view_models.requests import Requests
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.desktop.view_models.ticket import Kind, Typed, Wrong
from qt_trade.desktop.view_models.ticket_view import Ticketed, TicketView, ticket_view
from qt_trade.desktop.view_models.ticket_words import Answered, Asked
from qt_trade.kit.clock import Clock
from qt_trade.model.orders import Side

ORDER, RISK = "order", "risk:"
TYPED_MS = 150
"""So long after the last change of the ticket risk is asked."""
MOVED_MS = 1000
"""At most so often it is asked again because prices, orders or holdings have moved."""


class TicketDesk(QObject):
    """Every answer of risk belongs to the question it was given to; an overtaken one is dropped."""

    begun = Signal()
    """A ticket was opened by key or button: its quantity wants the keyboard."""
    confirmWanted = Signal()  # noqa: N815  # Qt's names
    """Real money: the order must be confirmed in its own words."""

    def __init__(
        self, link: DeskLink, desk: Snapshot, requests: Requests, clock: Clock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link, self._desk, self._requests, self._clock = link, desk, requests, clock
        self._typed = Typed()
        self._wrong: Wrong | None = Wrong(ticketing.SYMBOL, "Enter a symbol", missing=True)
        self._asked, self._questions = Asked(), 0
        self._asking = False
        self._sent: SubmitOrder | None = None
        self._busy = False
        self._confirming: Typed | None = None
        self._result = Answered()
        self._every_check, self._looked_at = False, False
        self._emptied = False
        self._around: tuple[Any, ...] = ()
        self._state = view_state(TicketView(), self)
        self._typing = self._timer(TYPED_MS)
        self._moving = self._timer(MOVED_MS)

    def _timer(self, interval_ms: int) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=interval_ms)
        timer.timeout.connect(self._ask)
        return timer

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @property
    def asking(self) -> bool:
        """Whether risk has not answered yet to what stands in the ticket."""
        return self._asking

    def show(self, wall: datetime, selected: str) -> None:
        """Take over the snapshot; a ticket without a symbol takes the selected one."""
        if not self._typed.symbol and selected and not self._emptied:
            self._take(replace(self._typed, symbol=selected))
        around = _around(self._desk, self._typed.symbol, wall)
        if around != self._around and self._looked_at:
            self._around = around
            if not self._moving.isActive() and not self._typing.isActive():
                self._moving.start()
        self._show(wall)

    def forget(self) -> None:
        """Know nothing of the server that was; what was typed stays."""
        self._asked, self._sent, self._busy = Asked(), None, False
        self._asking, self._result, self._around = False, Answered(), ()
        self._questions += 1

    def begin(self, side: str, symbol: str) -> None:
        """Open the ticket for a symbol."""
        typed = replace(self._typed, side=Side(side), symbol=symbol or self._typed.symbol)
        self._take(typed)
        self._show(self._clock.now())
        self.begun.emit()

    def answered(self, answer: Answer) -> None:
        """Take over what risk or the engine said."""
        if answer.request == f"{RISK}{self._questions}":
            self._asking = False
            asked = replace(self._asked, reply=answer.reply, error=answer.error)
            self._asked = replace(asked, at=self._clock.now())
        elif answer.request == ORDER and self._sent is not None:
            self._busy = False
            self._result = ticket_words.answered(self._sent, answer.reply, answer.error)
            if answer.reply is not None:
                self._sent = None
                self._again()

    # What the page asks for

    @Slot(str, str)
    def type(self, name: str, text: str) -> None:
        """Take over what stands in a field."""
        if name == ticketing.SYMBOL:
            # Who empties the field is about to type: nothing is put into it meanwhile.
            self._emptied = not text.strip()
            self._change(replace(self._typed, symbol=text.strip().upper()))
        else:
            self._change(replace(self._typed, texts={**self._typed.texts, name: text}))

    @Slot(bool)
    def lookAt(self, looked: bool) -> None:  # noqa: FBT001, N802
        """Ask again about what moves only while somebody looks at the ticket."""
        self._looked_at = looked

    @Slot(str)
    def chooseSide(self, side: str) -> None:  # noqa: N802
        """Buy or sell."""
        self._change(replace(self._typed, side=Side(side)))

    @Slot(int)
    def chooseKind(self, index: int) -> None:  # noqa: N802
        """Choose the type or class of the order; an OCO leaves what is held."""
        kind = ticketing.KINDS[index]
        typed = ticketing.with_kind(self._typed, kind)
        held = () if self._desk.positions is None else self._desk.positions.positions
        one = next((one for one in held if one.symbol == typed.symbol), None)
        if kind is Kind.OCO and one is not None:
            typed = replace(typed, side=Side.SELL if one.side == "long" else Side.BUY)
        self._change(typed)

    @Slot(int)
    def chooseInForce(self, index: int) -> None:  # noqa: N802
        """Choose how long the order stays in force."""
        choice = ticketing.choices(self._typed.kind)[index]
        fits = choice in ticketing.choices(Kind.BRACKET)
        extended = self._typed.extended_hours and fits
        self._change(replace(self._typed, time_in_force=choice, extended_hours=extended))

    @Slot(bool)
    def chooseExtended(self, extended: bool) -> None:  # noqa: FBT001, N802
        """Let the order trade before and after the session, too, or not."""
        self._change(replace(self._typed, extended_hours=extended))

    @Slot(bool)
    def chooseTrailUnit(self, percent: bool) -> None:  # noqa: FBT001, N802
        """Trail in per cent, or in USD per share."""
        self._change(replace(self._typed, trail_in_percent=percent))

    @Slot()
    def useLargest(self) -> None:  # noqa: N802
        """Put the largest quantity that passes into its field."""
        view = self._view()
        if view.use:
            self.type(ticketing.QUANTITY, view.largest)

    @Slot()
    def clear(self) -> None:
        """Empty the fields; symbol, side and kind stay."""
        self._change(replace(self._typed, texts={}))

    @Slot(bool)
    def showEveryCheck(self, every: bool) -> None:  # noqa: FBT001, N802
        """Show all checks, or those that fail and the first others."""
        self._every_check = every
        self._show(self._clock.now())

    @Slot()
    def send(self) -> None:
        """Send the order; real money asks first."""
        self._show(self._clock.now())
        if not self._view().can_send:
            return
        if mode_of(self._desk) == LIVE:
            self._confirming = self._typed
            self.confirmWanted.emit()
        else:
            self._submit()

    @Slot()
    def confirm(self) -> None:
        """Send what was confirmed, if it is still what stands in the ticket."""
        confirmed, self._confirming = self._confirming, None
        self._show(self._clock.now())
        if confirmed == self._typed and self._view().can_send:
            self._submit()

    # Inside

    def _view(self) -> TicketView:
        view = self._state.view
        assert isinstance(view, TicketView)  # noqa: S101  # it shows nothing else
        return view

    def _change(self, typed: Typed) -> None:
        if typed == self._typed:
            return
        self._take(typed)
        self._show(self._clock.now())

    def _take(self, typed: Typed) -> None:
        """Another order than the one that was judged, or sent: both lose their meaning."""
        self._typed, self._confirming = typed, None
        self._sent, self._busy, self._result = None, False, Answered()
        self._again()

    def _again(self) -> None:
        """Let nothing be sent before risk has been asked anew."""
        self._questions += 1
        worded = ticketing.worded(
            self._typed, RiskQuestion, self._requests.stamp(self._clock.now())
        )
        self._wrong = worded if isinstance(worded, Wrong) else None
        self._asked = Asked(None if isinstance(worded, Wrong) else worded)
        self._asking = self._wrong is None
        self._moving.stop()
        self._typing.start()

    @Slot()
    def _ask(self) -> None:
        """Ask risk about what stands in the ticket; a complete order of a desk that may."""
        wall = self._clock.now()
        if rights.objection(self._desk, wall):
            return
        question = ticketing.worded(self._typed, RiskQuestion, self._requests.stamp(wall))
        if isinstance(question, Wrong):
            return
        self._questions += 1
        self._asked = replace(self._asked, question=question)
        self._asking = self._asking or self._asked.reply is None
        self._link.send(f"{RISK}{self._questions}", registry.RISK_QUESTIONS, question)

    def _submit(self) -> None:
        wanted = self._sent or ticketing.worded(
            self._typed, SubmitOrder, self._requests.stamp(self._clock.now())
        )
        if isinstance(wanted, Wrong):
            return
        self._sent, self._busy = wanted, True
        self._result = Answered("Sent, waiting for the engine", "muted", "clock")
        self._link.send(ORDER, registry.MANUAL_ORDERS, wanted)
        self._show(self._clock.now())

    def _show(self, wall: datetime) -> None:
        now = Ticketed(
            typed=self._typed,
            wrong=self._wrong,
            asked=self._asked,
            asking=self._asking,
            result=self._result,
            busy=self._busy,
            repeats=self._sent is not None and not self._busy,
            every_check=self._every_check,
        )
        self._state.show(ticket_view(self._desk, wall, now))


def _around(desk: Snapshot, symbol: str, wall: datetime) -> tuple[Any, ...]:
    """Return what an answer of risk depends on besides the order itself."""
    quote, status, summary = desk.quotes.get(symbol), desk.trading_status, desk.summary
    orders = () if desk.orders is None else desk.orders.orders
    held = () if desk.positions is None else desk.positions.positions
    return (
        None if quote is None else (quote.feed_ts, quote.price),
        tuple((one.order_id, one.status, one.filled_qty) for one in orders),
        tuple((one.symbol, one.qty) for one in held),
        None if summary is None else (summary.cash_balance, summary.mode),
        None if status is None else (status.emergency_stop, status.can_trade, status.mode),
        desk.revisions.get(registry.RISK_SETTINGS.key()),
        rights.objection(desk, wall),
    )
