"""The desk: takes what the link brings, keeps the snapshot, shows it, and sends what is asked."""

from PySide6.QtCore import Property, QObject, Qt, QTimer, Signal, Slot

from qt_trade.contract.link import Link, LinkPhase
from qt_trade.desktop.link import Answer, DeskLink, Pending
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models.header import HeaderView, header_view
from qt_trade.desktop.view_models.shell import ShellView, shell_view
from qt_trade.desktop.view_models.state import view_state
from qt_trade.kit.clock import Clock

FRAME_MS = 16
SECOND_MS = 1000


class Desk(QObject):
    """What QML is given."""

    pageWanted = Signal(int)  # noqa: N815  # Qt's names

    def __init__(self, link: DeskLink, clock: Clock) -> None:
        super().__init__()
        self._link, self._clock = link, clock
        started = Link(LinkPhase.CONNECTING, clock.now(), 0, 0.0, None, 0, "")
        self.snapshot = Snapshot(started, link.session.session_id, link.session.name)
        self._header = view_state(HeaderView(), self)
        self._shell = view_state(ShellView(), self)
        self._flush = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._flush.setTimerType(Qt.TimerType.PreciseTimer)
        self._flush.timeout.connect(self.flush)
        self._second = QTimer(self, interval=SECOND_MS)
        self._second.timeout.connect(self.refresh)
        self._second.start()
        link.arrived.connect(self._wake, Qt.ConnectionType.QueuedConnection)
        link.answered.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    @Property(QObject, constant=True)
    def header(self) -> QObject:
        return self._header

    @Property(QObject, constant=True)
    def shell(self) -> QObject:
        return self._shell

    def stop(self) -> None:
        """Let nothing more arrive."""
        self._second.stop()
        self._flush.stop()

    @Slot()
    def _wake(self) -> None:
        if not self._flush.isActive():
            self._flush.start()

    @Slot()
    def flush(self) -> None:
        """Take over what arrived since the last flush."""
        self._apply(self._link.take())
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say everything anew for this moment; only what differs reaches the screen."""
        now = self._clock.now()
        self._header.show(header_view(self.snapshot, now))
        self._shell.show(shell_view(self.snapshot, now))

    @Slot()
    def tryNow(self) -> None:  # noqa: N802
        """Do not wait for the next attempt."""
        self._link.try_now()

    @Slot()
    def stopAll(self) -> None:  # noqa: N802
        """STOP_ALL_TRADING."""

    def _apply(self, pending: Pending) -> None:
        now = self._clock.now()
        desk = self.snapshot
        for change in pending.documents.values():
            desk.take_document(change)
        for quote in pending.quotes.values():
            desk.take_quote(quote)
        for symbol, bars in pending.bars:
            desk.take_bars(symbol, bars)
        for trades in pending.trades:
            desk.take_trades(trades)
        for equity in pending.equity:
            desk.take_equity(equity)
        if pending.messages:
            desk.messages += pending.messages
            desk.last_event = now
        if pending.link is not None:
            desk.take_link(pending.link, now)

    def _answer(self, answer: Answer) -> None:
        pass
