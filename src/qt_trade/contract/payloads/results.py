"""What trading has brought: performance, closed trades, AutoTrading's figures and its trouble."""

import msgspec

from qt_trade.contract.payloads.base import (
    Amount,
    Backend,
    Count,
    Fraction,
    Id,
    Moment,
    Quantity,
    SymbolText,
    Words,
)
from qt_trade.model.orders import OrderOrigin, OrderStatus, Side


class SymbolResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one symbol has brought. ``unrealized`` is None while it has no price."""

    symbol: SymbolText
    realized: Amount
    unrealized: Amount | None
    trades: Count


class SourceResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the trades of one source of signals have brought: ml, candidates, technical, manual."""

    source: Words
    trades: Count
    realized: Amount
    win_rate: Fraction | None


class DayValue(msgspec.Struct, frozen=True, kw_only=True):
    """The account's value at the end of an exchange day (ISO date), and the benchmark's price."""

    day: str
    value: Amount
    benchmark: float | None


class TradingPerformance(Backend, frozen=True, kw_only=True):
    """Results since the account was opened. None: not enough data yet, and ``words`` say how much.

    ``win_rate`` and ``max_drawdown`` are fractions, ``avg_trade_duration`` is in minutes of feed
    time, ``sharpe_ratio`` is annualised from daily values. A trade is a closing fill. ``…_low`` and
    ``…_high`` are 95 % intervals; ``return_pct`` and ``benchmark_return_pct`` in per cent over the
    days of ``daily``; ``slippage_bp`` against the price the decision saw, worse is positive.
    """

    account: str
    feed_ts: Moment
    daily_pnl: Amount | None
    weekly_pnl: Amount | None
    monthly_pnl: Amount | None
    total_pnl: Amount | None
    win_rate: Fraction | None
    avg_trade_duration: float | None
    sharpe_ratio: float | None
    max_drawdown: Fraction | None
    total_trades: Count
    winning_trades: Count
    losing_trades: Count
    avg_win: Amount | None
    avg_loss: Amount | None
    current_positions: Count
    portfolio_value: Amount | None
    cash_balance: Amount
    buying_power: Amount
    words: Words
    return_pct: float | None = None
    benchmark: str = ""
    benchmark_return_pct: float | None = None
    sharpe_low: float | None = None
    sharpe_high: float | None = None
    sharpe_words: Words = ""
    win_rate_low: Fraction | None = None
    win_rate_high: Fraction | None = None
    profit_factor: float | None = None
    gross_win: Amount | None = None
    gross_loss: Amount | None = None
    median_trade_duration: float | None = None
    slippage_bp: float | None = None
    drawdown_now: Fraction | None = None
    drawdown_words: Words = ""
    by_symbol: tuple[SymbolResult, ...] = ()
    by_source: tuple[SourceResult, ...] = ()
    daily: tuple[DayValue, ...] = ()


class RecentTrade(msgspec.Struct, frozen=True, kw_only=True):
    """One fill. ``pnl`` is None for an opening one; ``pnl_pct`` in per cent of what it cost."""

    trade_id: str
    order_id: str
    symbol: SymbolText
    side: Side
    quantity: Quantity
    price: Amount
    value: Amount
    fees: Amount
    pnl: Amount | None
    pnl_pct: float | None
    executed_at: Moment
    origin: OrderOrigin
    reason: Words


class RecentTrades(Backend, frozen=True, kw_only=True):
    """The last fills, newest first."""

    account: str
    trades: tuple[RecentTrade, ...]


class OrderEvent(Backend, frozen=True, kw_only=True):
    """One step of an order's life, as the journal has it. ``origin``: who wanted the order."""

    account: str
    feed_ts: Moment
    order_id: str
    symbol: SymbolText
    side: Side
    event: str
    status: OrderStatus
    quantity: Quantity
    filled_qty: Quantity
    words: Words
    origin: OrderOrigin | None = None


class AutoTradingStats(Backend, frozen=True, kw_only=True):
    """AutoTrading's day in figures. Times are feed times."""

    account: str
    trades_today: Count
    total_volume: Amount
    last_run: Moment | None
    next_run: Moment | None
    positions_count: Count


class AutoTradingError(Backend, frozen=True, kw_only=True):
    """Why something asked of AutoTrading was not done, or what stands in its way.

    The document is absent while nothing does. ``key`` and ``path``: the message that was refused;
    ``session_id``: whose it was, where known.
    """

    key: str
    path: str
    reason: Words
    session_id: Id | None
