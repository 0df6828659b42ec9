"""The desk: takes what the link brings, keeps the snapshot, shows it, and sends what is asked."""

import random

from PySide6.QtCore import Property, QObject, Qt, QTimer, Signal, Slot

from qt_trade.contract import registry
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.payloads.trading import AutoTradingStatus
from qt_trade.desktop.connection import Connection
from qt_trade.desktop.connection_store import ConnectionStore
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.passwords import Kept
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.taking import take_over
from qt_trade.desktop.view_models import control as controlling
from qt_trade.desktop.view_models import dashboard as account
from qt_trade.desktop.view_models import markets, notices
from qt_trade.desktop.view_models import trading as cycles
from qt_trade.desktop.view_models.ages import Ages
from qt_trade.desktop.view_models.charts import Charts
from qt_trade.desktop.view_models.config_desk import ConfigDesk
from qt_trade.desktop.view_models.connection_form import ConnectionForm
from qt_trade.desktop.view_models.cycle_desk import CycleDesk
from qt_trade.desktop.view_models.emergency_desk import EmergencyDesk
from qt_trade.desktop.view_models.header import HeaderView, header_view
from qt_trade.desktop.view_models.intelligence_desk import IntelligenceDesk
from qt_trade.desktop.view_models.limits_desk import LimitsDesk
from qt_trade.desktop.view_models.market_desk import MarketDesk
from qt_trade.desktop.view_models.orders_desk import OrdersDesk
from qt_trade.desktop.view_models.portfolio_desk import PortfolioDesk
from qt_trade.desktop.view_models.requests import Requests
from qt_trade.desktop.view_models.risk_desk import RiskDesk
from qt_trade.desktop.view_models.session_desk import SessionDesk
from qt_trade.desktop.view_models.shell import ShellView, shell_view
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.desktop.view_models.system import REVOKE, System
from qt_trade.desktop.view_models.table_models import Tables
from qt_trade.desktop.view_models.ticket_desk import TicketDesk
from qt_trade.desktop.view_models.trade_log_desk import TradeLogDesk
from qt_trade.kit.clock import Clock
from qt_trade.model.presets import TradingPolicy

FRAME_MS = 16
SECOND_MS = 1000
MARKETS, ORDERS = "Markets", "Orders"


class Desk(QObject):
    """What QML is given."""

    pageWanted = Signal(int)  # noqa: N815  # Qt's names
    pageCalled = Signal(str)  # noqa: N815
    flushed = Signal()
    frameWanted = Signal()  # noqa: N815
    """A canary came that is not on the screen yet: paint, and say so by ``painted``."""

    def __init__(
        self,
        link: DeskLink,
        clock: Clock,
        rng: random.Random,
        store: ConnectionStore | None = None,
    ) -> None:
        super().__init__()
        self._link, self._clock = link, clock
        started = Link(LinkPhase.CONNECTING, clock.now(), 0, 0.0, None, 0, "")
        self.snapshot = Snapshot(started, link.session.session_id, link.session.name)
        self._requests = Requests(self.snapshot, rng)
        self._symbol, self._interval = "", 1
        self._states = {
            "header": view_state(HeaderView(), self),
            "shell": view_state(ShellView(), self),
            "dashboard": view_state(account.DashboardView(), self),
            "trading": view_state(cycles.TradingView(), self),
            "market": view_state(markets.MarketView(), self),
        }
        self._tables = Tables(self)
        self._charts = Charts(self)
        self._system = System(self.snapshot, self)
        self._system.revokeWanted.connect(self._revoke)
        self._config = ConfigDesk(link, self.snapshot, clock, self)
        self._limits = LimitsDesk(link, self.snapshot, clock, self)
        self._sessions = SessionDesk(link, self.snapshot, self._requests, clock, self)
        self._emergency = EmergencyDesk(link, self.snapshot, self._requests, clock, self)
        self._portfolio = PortfolioDesk(link, self.snapshot, self._requests, clock, self)
        self._intelligence = IntelligenceDesk(link, self.snapshot, self._requests, clock, self)
        self._ticket = TicketDesk(link, self.snapshot, self._requests, clock, self)
        self._orders = OrdersDesk(link, self.snapshot, self._requests, clock, self)
        self._markets = MarketDesk(link, self.snapshot, clock, self)
        self._cycles = CycleDesk(self.snapshot, clock, self)
        self._trade_log = TradeLogDesk(self.snapshot, clock, self)
        self._ages = Ages(self.snapshot, clock, self)
        self.form = ConnectionForm(self.snapshot, clock, store, self)
        self._risk = RiskDesk(link, self.snapshot, self.form, clock, self)
        self._flush = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._second = QTimer(self, interval=SECOND_MS)
        self._wire(link)

    def _wire(self, link: DeskLink) -> None:
        self.form.tryWanted.connect(link.try_address)
        self.form.moveWanted.connect(link.move)
        link.tried.connect(self.form.step, Qt.ConnectionType.QueuedConnection)
        self._flush.setTimerType(Qt.TimerType.PreciseTimer)
        self._flush.timeout.connect(self.flush)
        self._second.timeout.connect(self.refresh)
        self._second.start()
        self._link.arrived.connect(self._wake, Qt.ConnectionType.QueuedConnection)
        self._link.answered.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def use(self, connection: Connection, kept: Kept) -> None:
        """Show which connection the link was made with, and where its password is."""
        self.form.take(connection, kept)

    def stop(self) -> None:
        """Let nothing more arrive."""
        self._second.stop()
        self._flush.stop()
        self._emergency.stop()
        self._link.arrived.disconnect(self._wake)

    @Slot()
    def _wake(self) -> None:
        if not self._flush.isActive():
            self._flush.start()

    @Slot()
    def flush(self) -> None:
        """Take over what arrived since the last flush."""
        pending = self._link.take()
        take_over(pending, self.snapshot, self._clock.now())
        if pending.elsewhere is not None:
            self._forget()
        self.refresh()
        self.flushed.emit()
        canary = self.snapshot.canary
        if canary is not None and not self.snapshot.system.is_painted(canary):
            self.frameWanted.emit()

    @Slot()
    def painted(self) -> None:
        """Note that what was known stands on the screen now: the canary has arrived."""
        desk = self.snapshot
        seen = desk.system.note_painted(desk.canary, desk.backend_now(self._clock.now()))
        if seen is not None:
            self._link.note_canary(seen.number, seen.after_ms)

    @Slot()
    def refresh(self) -> None:
        """Say everything anew for this moment; only what differs reaches the screen."""
        desk, now = self.snapshot, self._clock.now()
        self._choose_symbol()
        self._states["header"].show(header_view(desk, now))
        self._states["shell"].show(shell_view(desk, now))
        self._states["dashboard"].show(account.dashboard_view(desk, now))
        self._states["trading"].show(cycles.trading_view(desk, now))
        self._states["market"].show(markets.market_view(desk, now, self._symbol, self._interval))
        self._config.show(now)
        self._limits.show(now)
        self._sessions.show(now)
        self._emergency.show(now)
        self._portfolio.show(now)
        self._intelligence.show(now)
        self._risk.show(now)
        self._ticket.show(now, self._symbol)
        self._orders.show(now)
        self._trade_log.show(now)
        self._cycles.show(now)
        self._markets.show(now, self._symbol)
        self._tables.show(desk, now, self._markets.lines())
        self._charts.show(desk, now, self._symbol)
        self._system.show(now)
        self._ages.refresh()
        self.form.show()

    # What the pages read

    @Property(QObject, constant=True)
    def header(self) -> ViewState:
        return self._states["header"]

    @Property(QObject, constant=True)
    def shell(self) -> ViewState:
        return self._states["shell"]

    @Property(QObject, constant=True)
    def dashboard(self) -> ViewState:
        return self._states["dashboard"]

    @Property(QObject, constant=True)
    def trading(self) -> ViewState:
        return self._states["trading"]

    @Property(QObject, constant=True)
    def market(self) -> ViewState:
        return self._states["market"]

    @Property(QObject, constant=True)
    def markets(self) -> MarketDesk:
        return self._markets

    @Property(QObject, constant=True)
    def ticket(self) -> TicketDesk:
        return self._ticket

    @Property(QObject, constant=True)
    def orders(self) -> OrdersDesk:
        return self._orders

    @Property(QObject, constant=True)
    def cycles(self) -> CycleDesk:
        return self._cycles

    @Property(QObject, constant=True)
    def tradeLog(self) -> TradeLogDesk:  # noqa: N802
        return self._trade_log

    @Property(QObject, constant=True)
    def config(self) -> ConfigDesk:
        return self._config

    @Property(QObject, constant=True)
    def limits(self) -> LimitsDesk:
        return self._limits

    @Property(QObject, constant=True)
    def sessions(self) -> SessionDesk:
        return self._sessions

    @Property(QObject, constant=True)
    def emergency(self) -> EmergencyDesk:
        return self._emergency

    @Property(QObject, constant=True)
    def portfolio(self) -> PortfolioDesk:
        return self._portfolio

    @Property(QObject, constant=True)
    def intelligence(self) -> IntelligenceDesk:
        return self._intelligence

    @Property(QObject, constant=True)
    def risk(self) -> RiskDesk:
        return self._risk

    @Property(QObject, constant=True)
    def tables(self) -> Tables:
        return self._tables

    @Property(QObject, constant=True)
    def charts(self) -> Charts:
        return self._charts

    @Property(QObject, constant=True)
    def connection(self) -> ViewState:
        return self.form.state

    @Property(QObject, constant=True)
    def connectionForm(self) -> ConnectionForm:  # noqa: N802
        return self.form

    @Property(QObject, constant=True)
    def system(self) -> System:
        return self._system

    @Property(QObject, constant=True)
    def ages(self) -> Ages:
        return self._ages

    # What the pages ask for

    @Slot()
    def bannerActed(self) -> None:  # noqa: N802
        """Do what the banner's button says: keep, dismiss, begin a session, or try to connect."""
        desk = self.snapshot
        if controlling.asker(desk) is not None:
            self._sessions.keep()
            return
        if desk.notice is None and desk.connected and desk.over is not None:
            self._link.new_session()
        elif desk.notice is None:
            self._link.try_now()
        desk.notice = None
        self.refresh()

    @Slot(int)
    def openPage(self, page: int) -> None:  # noqa: N802
        """Show a page."""
        self.pageWanted.emit(page)

    @Slot(str)
    def openPageCalled(self, name: str) -> None:  # noqa: N802
        """Show the page of a name."""
        self.pageCalled.emit(name)

    @Slot(str)
    def selectSymbol(self, symbol: str) -> None:  # noqa: N802
        """Show a symbol on Markets."""
        self._symbol = symbol
        self.refresh()

    @Slot(str)
    def openSymbol(self, symbol: str) -> None:  # noqa: N802
        """Show a symbol on Markets and go there."""
        self.selectSymbol(symbol)
        self.pageCalled.emit(MARKETS)

    @Slot(str, result=str)
    def symbolOfTrade(self, fill_id: str) -> str:  # noqa: N802
        """Return the symbol of a fill that is shown."""
        return next((t.symbol for t in self.snapshot.trades if t.fill_id == fill_id), self._symbol)

    @Slot(str)
    def openTicket(self, side: str) -> None:  # noqa: N802
        """Begin an order for the selected symbol."""
        self.pageCalled.emit(ORDERS)
        self._ticket.begin(side, self._symbol)

    @Slot(int)
    def selectInterval(self, index: int) -> None:  # noqa: N802
        """Choose how long a candle is."""
        self._interval = index
        self.refresh()

    @Slot()
    def startTrading(self) -> None:  # noqa: N802
        """Switch AutoTrading on with the settings in force."""
        self._switch(enabled=True)

    @Slot()
    def pauseTrading(self) -> None:  # noqa: N802
        """Let AutoTrading open nothing from the next cycle on; its exits go on."""
        self._switch(enabled=True, policy=TradingPolicy.EXITS_ONLY)

    @Slot()
    def continueTrading(self) -> None:  # noqa: N802
        """Let AutoTrading open positions again."""
        self._switch(enabled=True, policy=TradingPolicy.NORMAL)

    @Slot()
    def stopTrading(self) -> None:  # noqa: N802
        """Switch AutoTrading off."""
        self._switch(enabled=False)

    # Inside

    def _choose_symbol(self) -> None:
        status = self.snapshot.market_status
        if not self._symbol and status is not None and status.symbols:
            self._symbol = status.symbols[0]

    def _switch(self, *, enabled: bool, policy: TradingPolicy | None = None) -> None:
        status = self.snapshot.market_status
        if status is None:
            return
        wish = self._requests.trading(
            status.feed, self._clock.now(), enabled=enabled, policy=policy
        )
        self._link.write("switch", registry.AUTOTRADING_ENABLED, wish, self._revision())
        word = AutoTradingStatus.ACTIVE if enabled else AutoTradingStatus.STOPPED
        self._link.write("status", registry.AUTOTRADING_STATUS, word, None)

    @Slot(str, str)
    def _revoke(self, session_id: str, reason: str) -> None:
        wish = self._requests.revoke(session_id, reason, self._clock.now())
        if wish is not None:
            self._link.send(REVOKE, registry.SESSION_ACTIONS, wish)

    def _revision(self) -> int:
        return self.snapshot.revisions.get(registry.AUTOTRADING_ENABLED.key(), 0)

    def _forget(self) -> None:
        """Show nothing of the server that was: another one follows."""
        self._symbol = ""
        self._ticket.forget()
        self._markets.forget()
        self._intelligence.forget()
        self._charts.forget()
        self._system.forget()
        self._emergency.forget()

    @Slot(object)
    def _answer(self, answer: Answer) -> None:
        if answer.request == REVOKE:
            self._system.answered(answer)
        self._ticket.answered(answer)
        self._config.answered(answer)
        self._limits.answered(answer)
        self._sessions.answered(answer)
        self._emergency.answered(answer)
        self._portfolio.answered(answer)
        self._markets.answered(answer)
        self._intelligence.answered(answer)
        self._risk.answered(answer)
        self.snapshot.notice = notices.notice(answer, self._clock.now()) or self.snapshot.notice
        self.refresh()
