"""Writes what changed: at once after a step, at most twice a second for mere prices."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TypeVar

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.link import Link
from qt_trade.contract.payloads.portfolio import Trade
from qt_trade.market.calendar import SessionPhase, Sessions
from qt_trade.model.money import Usd, usd
from qt_trade.model.orders import Order
from qt_trade.roles.engine import documents
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.status import Board
from qt_trade.roles.engine.valuation import Valuation, value
from qt_trade.roles.rhythm import last_boundary
from qt_trade.trading.account import AutoTrading, exchange_day
from qt_trade.trading.events import CycleFinished, Event, OrderApproved, OrderFilled
from qt_trade.trading.steps import Step

T = TypeVar("T")

PRICES_S = 0.5
HEARTBEAT_S = 5.0
EQUITY_EVERY = timedelta(minutes=1)
ORDERS_REMEMBERED = 5_000
"""Orders whose fills may still come; far more than a day has."""


class Publisher:
    """Holds what is still to be written, so that nothing is lost while Redis is away."""

    def __init__(
        self,
        bus: Bus,
        dealer: Dealer,
        board: Board,
        stamp: Stamp,
        sessions: Sessions,
        speed: Callable[[], float],
    ) -> None:
        self._bus = bus
        self._speed = speed
        self._dealer = dealer
        self._board = board
        self._stamp = stamp
        self._sessions = sessions
        self._trades: deque[Trade] = deque()
        self._known_fills: dict[str, Trade] = {}
        self._orders: dict[str, Order] = {}
        self._changed = asyncio.Event()
        self._prices = asyncio.Event()
        self._settings_known: tuple[AutoTrading | None, str | None] | None = None
        self._equity_at: datetime | None = None
        self._day_start: tuple[date, Usd] | None = None

    def begin(self, events: list[Event]) -> None:
        """Take in the journal of the account as it was at the start."""
        for event in events:
            self._take(event)
        self._trades.clear()

    def on_step(self, step: Step) -> None:
        """Hear of a step that is in the journal."""
        for event in step.events:
            self._take(event)
            if isinstance(event, CycleFinished):
                self._board.cycles_this_run += 1
        if step.events:
            self._changed.set()

    def _take(self, event: Event) -> None:
        match event:
            case CycleFinished(report=report):
                self._board.remember_cycle(report)
            case OrderApproved(order=order):
                self._orders[order.order_id] = order
                _keep_newest(self._orders, ORDERS_REMEMBERED)
            case OrderFilled(fill=fill):
                trade = documents.trade(self._stamp, self._orders[fill.order_id], event)
                self._known_fills[fill.fill_id] = trade
                _keep_newest(self._known_fills, registry.TRADES_LOG.cap)
                self._trades.append(trade)
            case _:
                pass

    def on_prices(self) -> None:
        """Hear that quotes changed."""
        self._prices.set()

    def on_change(self) -> None:
        """Hear that something else to show has changed."""
        self._changed.set()

    def on_link(self, link: Link) -> None:
        """Write everything anew when the server is back: it may have come back empty."""
        if link.connected:
            self._settings_known = None
            self._changed.set()

    async def run(self) -> None:
        """Write until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_changes())
            group.create_task(self._write_prices())

    async def _write_changes(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._changed.wait()
            self._changed.clear()
            with contextlib.suppress(DisconnectedError):
                await self._write_trades()
                await self._write_portfolio()
                await self._write_status()

    async def _write_prices(self) -> None:
        while True:
            await self._prices.wait()
            self._prices.clear()
            with contextlib.suppress(DisconnectedError):
                await self._write_portfolio()
            await asyncio.sleep(PRICES_S)

    async def restore_trades(self) -> None:
        """Make ``trades_log`` say what the journal says."""
        kept = await self._bus.entries(registry.TRADES_LOG, last=registry.TRADES_LOG.cap)
        there = [entry.value.fill_id for entry in kept]
        ours = list(self._known_fills)
        if there == ours[: len(there)]:
            self._trades.extend(self._known_fills[fill_id] for fill_id in ours[len(there) :])
        elif there[-len(ours) :] != ours or not ours:
            await self._bus.replace(registry.TRADES_LOG, self._known_fills.values())

    async def _write_trades(self) -> None:
        while self._trades:
            await self._bus.append(registry.TRADES_LOG, self._trades[0])
            self._trades.popleft()

    async def _write_portfolio(self) -> None:
        now = self._dealer.now()
        book = self._dealer.core.book(now)
        account = book.account
        valuation = value(account, book.quotes)
        day_start = await self._start_of_day(valuation)
        bus, stamp = self._bus, self._stamp
        await bus.write(registry.PORTFOLIO_POSITIONS, documents.positions(stamp, valuation))
        await bus.write(
            registry.PORTFOLIO_SUMMARY, documents.summary(stamp, account, valuation, day_start)
        )
        await bus.write(registry.ACTIVE_ORDERS, documents.active_orders(stamp, account))
        minute = last_boundary(now.feed, EQUITY_EVERY)
        if valuation.total is not None and minute != self._equity_at:
            self._equity_at = minute
            await bus.append(registry.EQUITY, documents.equity_point(stamp, valuation.total))

    async def _start_of_day(self, valuation: Valuation) -> Usd:
        """Return the first value known of this exchange day: kept, or what the log remembers."""
        account = self._dealer.core.account
        day = exchange_day(self._stamp.feed_clock.now())
        if self._day_start is not None and self._day_start[0] == day:
            return self._day_start[1]
        points = await self._bus.entries(registry.EQUITY, last=registry.EQUITY.cap)
        ours = [p.value for p in points if p.value.account == self._stamp.account]
        today = [p for p in ours if exchange_day(p.feed_ts) == day]
        if today:
            start = usd(today[0].total_value)
        elif valuation.total is None:
            return account.cash
        else:
            start = valuation.total
        self._day_start = (day, start)
        return start

    async def _write_status(self) -> None:
        now = self._dealer.now()
        core = self._dealer.core
        account = core.account.on(now.feed)
        market_open = self._sessions.state(now.feed).phase is SessionPhase.OPEN
        known = (account.auto, self._board.config_error)
        if known != self._settings_known:
            await self._bus.write(registry.TRADING_SETTINGS, self._board.settings(account))
            self._settings_known = known
        status = self._board.status(account, core.checks(now), market_open=market_open)
        await self._bus.write(registry.TRADING_STATUS, status)
        await self._bus.write(registry.AUTOTRADING_BACKEND_STATUS, status.status)
        await self._bus.write(
            registry.SYSTEM_STATUS,
            self._board.system(
                market_open=market_open,
                speed=self._speed(),
                rejected=await self._bus.length(registry.DEAD_LETTERS),
            ),
        )


def _keep_newest(held: dict[str, T], count: int) -> None:
    while len(held) > count:
        held.pop(next(iter(held)))
