"""What trading has brought, as documents: performance, the last fills, AutoTrading's day."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from qt_trade.contract.payloads import results as wire
from qt_trade.contract.payloads.portfolio import EquityPoint
from qt_trade.model.money import ZERO, Usd, to_decimal, usd
from qt_trade.model.orders import Order, legs_of
from qt_trade.model.shares import value_of
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine.documents import SOURCE, Stamp, amount
from qt_trade.roles.engine.valuation import PERCENT, Valuation
from qt_trade.trading.account import Account, exchange_day
from qt_trade.trading.book_events import ExternalFill
from qt_trade.trading.events import AccountOpened, Event, OrderApproved, OrderFilled
from qt_trade.trading.lots import Lot
from qt_trade.trading.performance import (
    ClosedTrade,
    Tally,
    TradeBook,
    Worth,
    drawdowns,
    worth_before,
)
from qt_trade.trading.returns import (
    BENCHMARK,
    RETURNS_MIN,
    DayWorth,
    benchmark_return,
    daily_returns,
    sharpe,
    total_return,
    wilson,
)

TRADES_SHOWN = 50
SECONDS_PER_MINUTE = 60
_EXCHANGE = ZoneInfo("America/New_York")
DAYS_SHOWN = 260
TRADES_MIN = 20
"""Fewer trades make a rate that says little; its interval tells how little."""


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
                for one in (order, *legs_of(order)):
                    self._orders[one.order_id] = one
            case ExternalFill(order=order):
                self._orders[order.order_id] = order
            case _:
                pass
        trade = self._book.take(event)
        if isinstance(event, OrderFilled | ExternalFill):
            self._filled(event, trade)

    @property
    def last_trade_at(self) -> datetime | None:
        """The feed time of the last fill; None before the first."""
        return self._recent[0].executed_at if self._recent else None

    def lots(self, symbol: Symbol) -> tuple[Lot, ...]:
        """Return the open tax lots of a symbol, oldest first."""
        return self._book.lots(symbol)

    def order(self, order_id: str) -> Order:
        """Return an order of the journal, of whatever day. Raises KeyError."""
        return self._orders[order_id]

    def _filled(self, event: OrderFilled | ExternalFill, trade: ClosedTrade | None) -> None:
        fill, order = event.fill, self._orders[event.fill.order_id]
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
        self,
        account: Account,
        valuation: Valuation,
        points: Iterable[EquityPoint],
        day_start: Usd,
        days: Sequence[DayWorth],
    ) -> wire.TradingPerformance:
        """Return ``backend:trading_performance``.

        ``points``: the known values, ``days``: those of the days' ends; both oldest first.
        """
        now, total = self._stamp.feed_clock.now(), valuation.total
        worths = [Worth(point.feed_ts, usd(point.total_value)) for point in points]
        week, month = self._since(_week_start(now), worths), self._since(_month_start(now), worths)
        tally, returns = self._book.total, daily_returns(days)
        rate, ratio = wilson(tally.wins, tally.trades), sharpe(returns)
        falls = tuple(drawdowns(_values(days, worths)))
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
            win_rate=tally.win_rate,
            win_rate_low=None if rate is None else rate.low,
            win_rate_high=None if rate is None else rate.high,
            avg_trade_duration=_minutes(self._book.average_holding),
            median_trade_duration=_minutes(self._book.median_holding),
            sharpe_ratio=None if ratio is None else ratio.value,
            sharpe_low=None if ratio is None else ratio.low,
            sharpe_high=None if ratio is None else ratio.high,
            sharpe_words=_sharpe_words(len(returns), known=ratio is not None),
            max_drawdown=max(falls, default=None),
            drawdown_now=falls[-1] if falls else None,
            drawdown_words=_drawdown_words(days, worths),
            total_trades=tally.trades,
            winning_trades=tally.wins,
            losing_trades=tally.losses,
            avg_win=amount(tally.average_win),
            avg_loss=amount(tally.average_loss),
            profit_factor=tally.profit_factor,
            gross_win=amount(tally.won) if tally.trades else None,
            gross_loss=amount(tally.lost) if tally.trades else None,
            slippage_bp=self._book.slippage_bp,
            current_positions=len(account.held),
            portfolio_value=amount(total),
            cash_balance=to_decimal(account.cash),
            buying_power=to_decimal(Usd(account.cash - account.reserved)),
            return_pct=total_return(returns) * PERCENT if returns else None,
            benchmark=BENCHMARK,
            benchmark_return_pct=_percent(benchmark_return(days) if returns else None),
            by_symbol=self._by_symbol(account, valuation),
            by_source=self._by_source(),
            daily=tuple(_day(day) for day in days[-DAYS_SHOWN:]),
            words=_words(tally, len(returns)),
        )

    def _by_symbol(self, account: Account, valuation: Valuation) -> tuple[wire.SymbolResult, ...]:
        unrealized = {row.position.symbol: row.unrealized for row in valuation.positions}
        return tuple(
            wire.SymbolResult(
                symbol=symbol,
                realized=to_decimal(position.realized),
                unrealized=amount(unrealized.get(symbol, ZERO)),
                trades=tally.trades if (tally := self._book.by_symbol.get(symbol)) else 0,
            )
            for symbol, position in sorted(account.positions.items())
        )

    def _by_source(self) -> tuple[wire.SourceResult, ...]:
        return tuple(
            wire.SourceResult(
                source=source,
                trades=tally.trades,
                realized=to_decimal(tally.realized),
                win_rate=tally.win_rate if tally.trades >= TRADES_MIN else None,
            )
            for source, tally in sorted(self._book.by_source.items())
        )

    def _since(self, start: datetime, worths: list[Worth]) -> Usd | None:
        """Return what the account was worth when a span began; None where that is not known."""
        if self._opened is not None and self._opened.feed_at >= start:
            return self._opened.cash
        return worth_before(worths, start)


def _values(days: Sequence[DayWorth], worths: Sequence[Worth]) -> Iterator[Usd]:
    """Yield the account's values: the days' before the log of minutes begins, then the minutes'."""
    begun = exchange_day(worths[0].at) if worths else None
    yield from (day.value for day in days if begun is None or day.day < begun)
    yield from (worth.value for worth in worths)


def _words(tally: Tally, returns: int) -> str:
    """Say over what the figures were taken, and which are of too little."""
    few = f": too few for a rate to mean much, from {TRADES_MIN} on it does"
    trades = f"{tally.trades} closed trades" + (few if tally.trades < TRADES_MIN else "")
    return f"{trades}; {_sharpe_words(returns, known=returns >= RETURNS_MIN)}"


def _sharpe_words(returns: int, *, known: bool) -> str:
    if known:
        return f"Sharpe ratio of {returns} daily returns, 95 % by Lo's standard error, risk-free 0"
    if returns < RETURNS_MIN:
        return f"no Sharpe ratio yet: {returns} daily returns of the {RETURNS_MIN} it needs"
    return "no Sharpe ratio: the account's value has not moved"


def _drawdown_words(days: Sequence[DayWorth], worths: Sequence[Worth]) -> str:
    if not worths:
        return "no values yet"
    first = worths[0].at.astimezone(_EXCHANGE)
    minutes = f"minute by minute since {first:%d %b %Y %H:%M} ET"
    before = [day.day for day in days if day.day < first.date()]
    return f"daily since {before[0]:%d %b %Y}, {minutes}" if before else minutes


def _day(day: DayWorth) -> wire.DayValue:
    return wire.DayValue(
        day=day.day.isoformat(), value=to_decimal(day.value), benchmark=day.benchmark
    )


def _minutes(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds() / SECONDS_PER_MINUTE


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else fraction * PERCENT


def _change(total: Usd | None, start: Usd | None) -> Decimal | None:
    return None if total is None or start is None else to_decimal(Usd(total - start))


def _week_start(now: datetime) -> datetime:
    day = now.astimezone(_EXCHANGE).date()
    return _midnight(day - timedelta(days=day.weekday()))


def _month_start(now: datetime) -> datetime:
    return _midnight(now.astimezone(_EXCHANGE).date().replace(day=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _EXCHANGE).astimezone(UTC)
