"""Writes what changed: at once after a step, at most twice a second for mere prices."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from itertools import islice

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.payloads.portfolio import EquityPoint, Trade
from qt_trade.contract.payloads.results import OrderEvent
from qt_trade.kit.logs import get_logger
from qt_trade.model.money import Usd, usd
from qt_trade.model.wishes import Wished
from qt_trade.roles.engine import documents
from qt_trade.roles.engine.days import Days
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import BrokerSide, Stamp
from qt_trade.roles.engine.kept_log import KeptLog
from qt_trade.roles.engine.order_life import OrderLives
from qt_trade.roles.engine.order_ways import OrderWays
from qt_trade.roles.engine.results import Results
from qt_trade.roles.engine.status import Board
from qt_trade.roles.engine.valuation import Valuation, value
from qt_trade.roles.patience import until_answered
from qt_trade.roles.rhythm import last_boundary
from qt_trade.trading.account import AutoTrading, exchange_day
from qt_trade.trading.book_events import ExternalFill
from qt_trade.trading.events import (
    AccountOpened,
    CycleFinished,
    Event,
    OrderFilled,
)
from qt_trade.trading.steps import Step

PRICES_S = 0.5
HEARTBEAT_S = 5.0
EQUITY_EVERY = timedelta(minutes=1)


class Publisher:
    """Holds what is still to be written, so that nothing is lost while Redis is away."""

    def __init__(self, bus: Bus, dealer: Dealer, board: Board, stamp: Stamp) -> None:
        self._bus = bus
        self._dealer = dealer
        self._board = board
        self._stamp = stamp
        self._trades: KeptLog[Trade] = KeptLog(bus, registry.TRADES_LOG, _fill_id)
        self._equity: KeptLog[EquityPoint] = KeptLog(bus, registry.EQUITY, _feed_minute)
        self._steps: KeptLog[OrderEvent] = KeptLog(bus, registry.ORDER_EVENTS, _step_of_order)
        self._lives, self._ways = OrderLives(stamp), OrderWays()
        self._results = Results(stamp)
        self._days = Days(dealer)
        self._broker: Callable[[], BrokerSide] = BrokerSide
        self._opened: AccountOpened | None = None
        self._day_start: tuple[date, Usd] | None = None
        self._changed = asyncio.Event()
        self._prices = asyncio.Event()
        self._price_listeners: list[Callable[[], None]] = []
        # One at a time, so that no value computed earlier is written later.
        self._writing = asyncio.Lock()
        self._settings_known: tuple[AutoTrading | None, Wished, str | None] | None = None
        self._log = get_logger()

    def begin(self, events: list[Event]) -> None:
        """Take in the journal of the account as it was at the start."""
        fills: list[OrderFilled | ExternalFill] = []
        steps: list[OrderEvent] = []
        for event in events:
            self._results.take(event)
            self._days.take(event)
            steps += self._lines(event)
            match event:
                case AccountOpened():
                    self._opened = event
                case CycleFinished(report=report):
                    self._board.remember_cycle(report)
                case OrderFilled() | ExternalFill():
                    fills.append(event)
                case _:
                    pass
        self._steps.begin(steps[-registry.ORDER_EVENTS.cap :])
        newest = islice(fills, max(0, len(fills) - registry.TRADES_LOG.cap), None)
        self._trades.begin(self._trade(event) for event in newest)

    async def remember_equity(self, is_open: Callable[[datetime], bool]) -> None:
        """Take over what the log of the account's value holds of this account.

        ``is_open``: whether a moment of feed time lies in a regular session.
        """
        entries = await until_answered(
            lambda: self._bus.entries(registry.EQUITY, last=registry.EQUITY.cap)
        )
        account = self._stamp.account
        points = [entry.value for entry in entries if entry.value.account == account]
        self._equity.begin(points)
        in_session = (
            (point.feed_ts, usd(point.total_value)) for point in points if is_open(point.feed_ts)
        )
        self._days.remember(in_session, self._dealer.core.account.deposited)

    def on_step(self, step: Step) -> None:
        """Hear of a step that is in the journal."""
        for event in step.events:
            self._results.take(event)
            self._days.take(event)
            for line in self._lines(event):
                self._steps.add(line)
            match event:
                case CycleFinished(report=report):
                    self._board.remember_cycle(report)
                case OrderFilled() | ExternalFill():
                    self._trades.add(self._trade(event))
                case _:
                    pass
        if step.events:
            self._changed.set()

    def _lines(self, event: Event) -> list[OrderEvent]:
        lines = list(self._lives.lines(event))
        for line in lines:
            self._ways.take(line)
        return lines

    def show_broker(self, broker: Callable[[], BrokerSide]) -> None:
        """Tell where it is found what the broker said of itself last."""
        self._broker = broker

    def _trade(self, event: OrderFilled | ExternalFill) -> Trade:
        return documents.trade(self._stamp, self._results.order(event.fill.order_id), event)

    def last_fill(self) -> datetime | None:
        """Return when, by the wall's clock, the last fill was booked."""
        last = self._trades.last
        return None if last is None else last.ts

    def hear_prices(self, listener: Callable[[], None]) -> None:
        """Tell ``listener``, too, whenever quotes changed."""
        self._price_listeners.append(listener)

    def on_prices(self) -> None:
        """Hear that quotes changed."""
        self._prices.set()
        for listener in self._price_listeners:
            listener()

    def on_change(self) -> None:
        """Hear that something else to show has changed."""
        self._changed.set()

    def on_doubt(self) -> None:
        """Write everything anew: the server may have lost it."""
        self._settings_known = None
        for log in (self._trades, self._equity, self._steps):
            log.doubt()
        self._changed.set()

    async def run(self) -> None:
        """Write until cancelled."""
        self._bus.on_doubt(self.on_doubt)
        self.on_doubt()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_changes())
            group.create_task(self._write_prices())

    async def _write_changes(self) -> None:
        parts = (
            self._trades.write,
            self._steps.write,
            self._write_portfolio,
            self._write_status,
            self._write_results,
        )
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._changed.wait()
            self._changed.clear()
            refusals = [await self._guarded(part) for part in parts]
            words = next((refusal for refusal in refusals if refusal), None)
            if self._board.trouble("documents", words) and words:
                self._log.error("documents.refused", words=words)

    async def _write_prices(self) -> None:
        while True:
            await self._prices.wait()
            self._prices.clear()
            await self._guarded(self._write_portfolio)
            await asyncio.sleep(PRICES_S)

    async def _guarded(self, part: Callable[[], Awaitable[None]]) -> str | None:
        """Write a part; return why it was refused: a stranger's value must not end the trading."""
        async with self._writing:
            try:
                await part()
            except DisconnectedError:
                return None  # the link tells when it is back, and then all is written anew
            except ContractError as refused:
                return str(refused)
        return None

    async def _write_portfolio(self) -> None:
        now = self._dealer.now()
        book = self._dealer.core.book(now)
        account = book.account
        valuation = value(account, book.quotes)
        # Before anything is awaited: the point is dated by the clock.
        self._note_equity(valuation, now.feed)
        if valuation.total is not None:
            self._days.note(now.feed, valuation.total, session_open=book.market.open)
        day_start = self._start_of_day(valuation)
        bus, stamp = self._bus, self._stamp
        holdings = documents.positions(stamp, valuation, self._results.lots)
        await bus.write(registry.PORTFOLIO_POSITIONS, holdings)
        summary = documents.summary(stamp, account, valuation, day_start, self._broker())
        await bus.write(registry.PORTFOLIO_SUMMARY, summary)
        orders = documents.active_orders(stamp, account, self._dealer.enquiries, self._ways)
        await bus.write(registry.ACTIVE_ORDERS, orders)
        await self._equity.write()
        await self._days.keep()

    def _note_equity(self, valuation: Valuation, feed_now: datetime) -> None:
        last, minute = self._equity.last, last_boundary(feed_now, EQUITY_EVERY)
        if valuation.total is not None and (last is None or last.feed_ts < minute):
            self._equity.add(documents.equity_point(self._stamp, valuation.total))

    def _start_of_day(self, valuation: Valuation) -> Usd:
        """Return what the account was worth when this exchange day began.

        That is its value at the end of an earlier day, as far as the log remembers; on its first
        day the cash it was opened with.
        """
        day = exchange_day(self._stamp.feed_clock.now())
        if self._day_start is None or self._day_start[0] != day:
            start = self._remembered_start(day) or valuation.total
            if start is None:
                return self._dealer.core.account.cash
            self._day_start = (day, start)
        return self._day_start[1]

    def _remembered_start(self, day: date) -> Usd | None:
        if self._opened is not None and exchange_day(self._opened.feed_at) == day:
            return self._opened.cash
        points = self._equity.known
        before = [point for point in points if exchange_day(point.feed_ts) < day]
        today = (point for point in points if exchange_day(point.feed_ts) == day)
        kept = [one for one in self._days.kept if one.day < day]
        if kept and not before:
            return kept[-1].value
        start = before[-1] if before else next(today, None)
        return None if start is None else usd(start.total_value)

    async def _write_status(self) -> None:
        now = self._dealer.now()
        core = self._dealer.core
        account = core.account.on(now.feed)
        known = (account.auto, account.wished, self._board.config_error)
        if known != self._settings_known:
            await self._bus.write(registry.TRADING_SETTINGS, self._board.settings(account))
            self._settings_known = known
        status = self._board.status(account, core.checks(now), core.halted)
        await self._bus.write(registry.TRADING_STATUS, status)
        await self._bus.write(registry.AUTOTRADING_BACKEND_STATUS, status.status)

    async def _write_results(self) -> None:
        now = self._dealer.now()
        book = self._dealer.core.book(now)
        valuation = value(book.account, book.quotes)
        day_start, points = self._start_of_day(valuation), self._equity.known
        performance = self._results.performance(
            book.account, valuation, points, day_start, self._days.kept
        )
        await self._bus.write(registry.TRADING_PERFORMANCE, performance)
        await self._bus.write(registry.RECENT_TRADES, self._results.recent_trades())
        await self._bus.write(
            registry.AUTOTRADING_STATS,
            self._results.stats(book.account, *self._board.runs(book.account)),
        )


def _step_of_order(line: OrderEvent) -> str:
    return f"{line.order_id} {line.event} {line.filled_qty} {line.ts.isoformat()}"


def _fill_id(trade: Trade) -> str:
    return trade.fill_id


def _feed_minute(point: EquityPoint) -> str:
    return point.feed_ts.isoformat()
