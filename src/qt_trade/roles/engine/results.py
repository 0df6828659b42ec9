"""What trading has brought, as documents: performance, the last fills, AutoTrading's day."""

from collections import deque
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from qt_trade.contract.payloads import results as wire
from qt_trade.contract.payloads.portfolio import EquityPoint
from qt_trade.model.money import Usd, to_decimal, usd
from qt_trade.model.orders import Order
from qt_trade.model.shares import value_of
from qt_trade.roles.engine.documents import SOURCE, Stamp, amount
from qt_trade.roles.engine.valuation import PERCENT, Valuation
from qt_trade.trading.account import Account
from qt_trade.trading.events import AccountOpened, Event, OrderApproved, OrderFilled
from qt_trade.trading.performance import TradeBook, Worth, max_drawdown, worth_before

TRADES_SHOWN = 50
SECONDS_PER_MINUTE = 60
_EXCHANGE = ZoneInfo("America/New_York")
_NO_SHARPE = "no Sharpe ratio: it needs the values of at least 20 days, and none are kept yet"


class Results:
    """Follows the journal of one account, oldest event first."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._book = TradeBook()
        self._orders: dict[str, Order] = {}
        self._recent: deque[wire.RecentTrade] = deque(maxlen=TRADES_SHOWN)
        self._opened: AccountOpened | None = None

    def take(self, event: Event) -> None:
        """Take one event of the journal into account."""
        match event:
            case AccountOpened():
                self._opened = event
            case OrderApproved(order=order):
                self._orders[order.order_id] = order
            case OrderFilled():
                self._filled(event)
            case _:
                pass

    @property
    def last_trade_at(self) -> datetime | None:
        """The feed time of the last fill; None before the first."""
        return self._recent[0].executed_at if self._recent else None

    def _filled(self, event: OrderFilled) -> None:
        fill, order = event.fill, self._orders[event.fill.order_id]
        trade = self._book.add(event)
        share = None if trade is None else trade.realized_share
        self._recent.appendleft(
            wire.RecentTrade(
                trade_id=fill.fill_id,
                order_id=fill.order_id,
                symbol=fill.symbol,
                side=fill.side,
                quantity=fill.quantity,
                price=to_decimal(fill.price),
                value=to_decimal(value_of(fill.price, fill.quantity)),
                fees=to_decimal(fill.commission),
                pnl=amount(event.realized),
                pnl_pct=None if share is None else share * PERCENT,
                executed_at=event.feed_at,
                origin=order.origin,
                reason=order.reason,
            )
        )

    def recent_trades(self) -> wire.RecentTrades:
        """Return ``backend:recent_trades``."""
        return wire.RecentTrades(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            account=self._stamp.account,
            trades=tuple(self._recent),
        )

    def stats(
        self, account: Account, last_run: datetime | None, next_run: datetime | None
    ) -> wire.AutoTradingStats:
        """Return ``autotrading:stats``; ``account`` as of now."""
        return wire.AutoTradingStats(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            account=self._stamp.account,
            trades_today=account.today.trades,
            total_volume=to_decimal(account.today.volume),
            last_run=last_run,
            next_run=next_run,
            positions_count=len(account.held),
        )

    def performance(
        self, account: Account, valuation: Valuation, points: Iterable[EquityPoint], day_start: Usd
    ) -> wire.TradingPerformance:
        """Return ``backend:trading_performance``. ``points``: the known values, oldest first."""
        now, total = self._stamp.feed_clock.now(), valuation.total
        worths = [Worth(point.feed_ts, usd(point.total_value)) for point in points]
        week, month = self._since(_week_start(now), worths), self._since(_month_start(now), worths)
        holding = self._book.average_holding
        return wire.TradingPerformance(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            account=self._stamp.account,
            feed_ts=now,
            daily_pnl=_change(total, day_start),
            weekly_pnl=_change(total, week),
            monthly_pnl=_change(total, month),
            total_pnl=_change(total, account.deposited),
            win_rate=self._book.win_rate,
            avg_trade_duration=None
            if holding is None
            else holding.total_seconds() / SECONDS_PER_MINUTE,
            sharpe_ratio=None,
            max_drawdown=max_drawdown(worth.value for worth in worths),
            total_trades=self._book.trades,
            winning_trades=self._book.wins,
            losing_trades=self._book.losses,
            avg_win=amount(self._book.average_win),
            avg_loss=amount(self._book.average_loss),
            current_positions=len(account.held),
            portfolio_value=amount(total),
            cash_balance=to_decimal(account.cash),
            buying_power=to_decimal(Usd(account.cash - account.reserved)),
            words=self._words(worths),
        )

    def _since(self, start: datetime, worths: list[Worth]) -> Usd | None:
        """Return what the account was worth when a span began; None where that is not known."""
        if self._opened is not None and self._opened.feed_at >= start:
            return self._opened.cash
        return worth_before(worths, start)

    def _words(self, worths: list[Worth]) -> str:
        """Say over what the figures were taken, and why one is missing."""
        said = [f"{self._book.trades} closed trades"]
        if worths:
            first = worths[0].at.astimezone(_EXCHANGE)
            said.append(f"drawdown since {first:%d %b %Y %H:%M} ET")
        return "; ".join([*said, _NO_SHARPE])


def _change(total: Usd | None, start: Usd | None) -> Decimal | None:
    return None if total is None or start is None else to_decimal(Usd(total - start))


def _week_start(now: datetime) -> datetime:
    day = now.astimezone(_EXCHANGE).date()
    return _midnight(day - timedelta(days=day.weekday()))


def _month_start(now: datetime) -> datetime:
    return _midnight(now.astimezone(_EXCHANGE).date().replace(day=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _EXCHANGE).astimezone(UTC)
