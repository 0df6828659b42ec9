"""The panic control and the smaller steps: what is sent, and the view of how it goes on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import Property, QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication

from qt_trade.contract import registry
from qt_trade.contract.errors import DisconnectedError, NoReplyError
from qt_trade.contract.payloads.commands import Emergency
from qt_trade.contract.payloads.emergency import EmergencyState
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import emergency as views
from qt_trade.desktop.view_models import rights, words
from qt_trade.desktop.view_models.emergency import Called, EmergencyView
from qt_trade.desktop.view_models.receipts import (
    ReceiptView,
    receipt_of,
    receipt_view,
    sold_rows,
)
from qt_trade.desktop.view_models.requests import Requests
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.desktop.view_models.ways_out import ways_out
from qt_trade.kit.clock import Clock

PANIC = "panic"
"""The name of the request that closes everything; its answer is shown in the view itself."""
STEPS = {
    Emergency.STOP_ALL_TRADING: "emergency",
    Emergency.CANCEL_ALL_ORDERS: "cancel-all",
}
"""The names of the smaller steps' requests; a notice tells how they ended."""
TENTH_MS = 100


class EmergencyDesk(QObject):
    """Sends at once or not at all: nothing is kept for later.

    The view opens by itself when everything is being closed, whoever asked for it, and is folded
    only by a person.
    """

    def __init__(
        self, link: DeskLink, desk: Snapshot, requests: Requests, clock: Clock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link, self._desk, self._requests, self._clock = link, desk, requests, clock
        self._called: Called | None = None
        self._out = False
        self._shown, self._folded = "", ""
        self._state = view_state(EmergencyView(), self)
        self._receipt = view_state(ReceiptView(), self)
        self._lines, self._steps = RowsModel(self), RowsModel(self)
        self._sold, self._ways = RowsModel(self), RowsModel(self)
        # While it runs its figures are wanted in tenths of a second.
        self._tick = QTimer(self, interval=TENTH_MS)
        self._tick.timeout.connect(lambda: self.show(self._clock.now()))

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @Property(QObject, constant=True)
    def receipt(self) -> ViewState:
        return self._receipt

    @Property(QObject, constant=True)
    def lines(self) -> RowsModel:
        return self._lines

    @Property(QObject, constant=True)
    def steps(self) -> RowsModel:
        return self._steps

    @Property(QObject, constant=True)
    def sold(self) -> RowsModel:
        return self._sold

    @Property(QObject, constant=True)
    def ways(self) -> RowsModel:
        return self._ways

    def forget(self) -> None:
        """Another server follows: what was asked of the one that was does not hold there."""
        self._called, self._shown, self._folded = None, "", ""

    def stop(self) -> None:
        """Let nothing more be painted."""
        self._tick.stop()

    def show(self, wall: datetime) -> None:
        """Take over the snapshot."""
        desk, status = self._desk, self._desk.emergency
        if status is not None and views.is_active(status) and status.command_id != self._folded:
            self._shown = status.command_id
        if self._called is not None and self._is_told(self._called.command_id):
            self._called = None
        view = self._view(wall)
        told = status if view.counted else None
        self._state.show(view)
        self._lines.show(views.line_rows(told))
        self._steps.show(views.step_rows(told))
        self._ways.show([way.row() for way in ways_out(desk)] if view.out else [])
        proof = receipt_of(desk, status.command_id) if view.proved and status else None
        self._receipt.show(receipt_view(proof, desk))
        self._sold.show(sold_rows(proof))
        self._keep_ticking(view)

    def answered(self, answer: Answer) -> None:
        """Show what the engine, or nobody, has answered to a panic."""
        if answer.request != PANIC or self._called is None:
            return
        note, tone, failed = _ending(answer)
        self._called = replace(self._called, note=note, tone=tone, failed=failed)
        self.show(self._clock.now())

    # What the controls ask for

    @Slot(str)
    def panic(self, how: str) -> None:
        """Stop AutoTrading, cancel every order, close every position."""
        wish = self._requests.emergency(
            Emergency.CLOSE_ALL_POSITIONS, "Panic held", self._clock.now(), how
        )
        self._called = Called(wish.command_id, wish.ts, how)
        self._out, self._folded = False, ""
        self._link.send(PANIC, registry.EMERGENCY_ACTIONS, wish)
        self.show(self._clock.now())

    @Slot(str)
    def stopTrading(self, how: str) -> None:  # noqa: N802  # Qt's names, here and below
        """Stop AutoTrading and let nothing new be opened; positions and orders stay."""
        self._step(Emergency.STOP_ALL_TRADING, how)

    @Slot(str)
    def cancelAll(self, how: str) -> None:  # noqa: N802
        """Stop AutoTrading and cancel every order; positions stay."""
        self._step(Emergency.CANCEL_ALL_ORDERS, how)

    @Slot()
    def refuse(self) -> None:
        """Say how to stop without this desk: nothing can be sent, or nothing may be."""
        self._out = True
        self.show(self._clock.now())

    @Slot()
    def fold(self) -> None:
        """Show the page again; the emergency goes on."""
        called = self._called
        self._folded = self._shown if called is None else called.command_id
        self._out, self._called, self._shown = False, None, ""
        self.show(self._clock.now())

    @Slot()
    def reopen(self) -> None:
        """Show the emergency that runs, or the last one."""
        status = self._desk.emergency
        if status is not None and status.state is not EmergencyState.IDLE:
            self._folded, self._shown = "", status.command_id
            self.show(self._clock.now())

    @Slot(str)
    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        QGuiApplication.clipboard().setText(text)

    @Slot()
    def resume(self) -> None:
        """Allow trading again after an emergency; AutoTrading stays off until it is started."""
        wish = self._requests.emergency(
            Emergency.RESUME, "Resumed by hand", self._clock.now(), "button"
        )
        self._link.send("resume", registry.EMERGENCY_ACTIONS, wish)

    # Inside

    def _step(self, action: Emergency, how: str) -> None:
        wish = self._requests.emergency(action, "Held on Risk", self._clock.now(), how)
        self._link.send(STEPS[action], registry.EMERGENCY_ACTIONS, wish)

    def _is_told(self, command_id: str) -> bool:
        status = self._desk.emergency
        return status is not None and status.command_id == command_id

    def _view(self, wall: datetime) -> EmergencyView:
        desk, status = self._desk, self._desk.emergency
        if self._out:
            return views.out_view(desk, rights.session_objection(desk) or "nothing was held")
        if self._called is not None:
            return views.called_view(desk, self._called, wall)
        if status is not None and status.command_id == self._shown != "":
            return views.told_view(desk, status, wall)
        return EmergencyView()

    def _keep_ticking(self, view: EmergencyView) -> None:
        moving: Callable[[], None] = self._tick.start
        still = self._tick.stop
        wanted = view.open and not view.out and not view.proved and not view.stale
        if wanted != self._tick.isActive():
            (moving if wanted else still)()


def _ending(answer: Answer) -> tuple[str, str, bool]:
    """Return what became of a panic in words, their tone, and whether the ways out are needed."""
    reply = answer.reply
    if reply is not None:
        said = words.sentence(words.prose(reply.reason))
        if reply.accepted:
            return f"Accepted. {said}".strip(), "faint", False
        return f"Refused: {said} Nothing was closed.", "crit", True
    if isinstance(answer.error, NoReplyError):
        return "UNKNOWN: the engine has not answered, the effect is not known.", "warn", True
    if isinstance(answer.error, DisconnectedError):
        return (
            "Nothing was sent: no connection to Redis. It is not sent later, either.",
            "crit",
            True,
        )
    return words.sentence(f"Nothing was sent: {answer.error}"), "crit", True
