"""Ready values for the tests of trading: one symbol's quote, an account, a running core."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from qt_trade.model.costs import TradingCosts
from qt_trade.model.limits import RiskLimits, Strategy
from qt_trade.model.money import ZERO, Usd, usd
from qt_trade.model.orders import Fill, Order, OrderOrigin, OrderType, Side, TimeInForce
from qt_trade.model.predictions import HorizonPrediction, Prediction, Skill
from qt_trade.model.presets import PRESETS
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import shares
from qt_trade.model.symbols import Symbol
from qt_trade.trading.account import Account
from qt_trade.trading.book import Market, RiskBook
from qt_trade.trading.commands import Now
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.events import AccountOpened
from qt_trade.trading.ledger import apply

IBM, BAC, SPY = Symbol("IBM"), Symbol("BAC"), Symbol("SPY")
FEED = datetime(2013, 10, 7, 14, 0, tzinfo=UTC)
WALL = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
NOW = Now(WALL, FEED)
FREE = TradingCosts(
    half_spread_bp=0.0, slippage_bp=0.0, commission_per_share=ZERO, commission_min=ZERO
)
COSTS = TradingCosts(
    half_spread_bp=2.0,
    slippage_bp=1.0,
    commission_per_share=usd("0.005"),
    commission_min=usd("1"),
)
OPEN = Market(open=True, words="regular session until 20:00 UTC", stale_after_s=90.0)
CLOSED = Market(open=False, words="opens on Tuesday at 13:30 UTC", stale_after_s=90.0)
WIDE = RiskLimits(
    daily_notional_cap=usd(1_000_000),
    position_shares_max=100_000,
    position_weight_max=1.0,
    trades_per_cycle_max=50,
    cash_reserve=ZERO,
    cooldown_min=0,
    order_notional_max=usd(1_000_000),
    sector_weight_max=1.0,
    exposure_max=1.0,
    positions_max=1_000,
    open_orders_max=100_000,
    trades_per_day_max=100_000,
    symbol_trades_per_day_max=100_000,
    orders_per_min_max=1_000,
    price_collar=0.1,
    spread_max_bp=1_000,
    skip_first_min=0,
    skip_last_min=0,
    day_loss_soft=1.0,
    day_loss_hard=1.0,
    drawdown_max=1.0,
    unknown_orders_max=1_000,
    broker_failures_max=1_000,
    shorting=False,
    trading_capital=None,
    excluded=frozenset(),
    preferred_sectors=frozenset(),
)
BALANCED = PRESETS[Strategy.BALANCED]


def later(seconds: float) -> Now:
    by = timedelta(seconds=seconds)
    return Now(WALL + by, FEED + by)


def quote(
    symbol: Symbol = IBM,
    price: float = 100.0,
    *,
    bid: float | None = None,
    ask: float | None = None,
    bid_size: int | None = None,
    ask_size: int | None = None,
    at: datetime = FEED,
    doubt: str = "",
) -> Quote:
    return Quote(
        symbol=symbol,
        at=at,
        price=price,
        bid=bid,
        ask=ask,
        bid_size=bid_size,
        ask_size=ask_size,
        volume=None,
        open=None,
        high=None,
        low=None,
        previous_close=None,
        doubt=doubt,
    )


def order(
    side: Side = Side.BUY,
    quantity: int = 10,
    *,
    symbol: Symbol = IBM,
    limit: Usd | None = None,
    force: TimeInForce = TimeInForce.DAY,
    origin: OrderOrigin = OrderOrigin.MANUAL,
    order_id: str = "o-1",
) -> Order:
    return Order(
        order_id=order_id,
        symbol=symbol,
        side=side,
        quantity=shares(quantity),
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price=limit,
        time_in_force=force,
        origin=origin,
        reason="a test",
        created_at=WALL,
    )


def fill(
    side: Side = Side.BUY,
    quantity: int = 10,
    price: str = "100",
    *,
    symbol: Symbol = IBM,
    commission: str = "0",
    order_id: str = "o-1",
    n: int = 0,
) -> Fill:
    return Fill(
        fill_id=f"{order_id}-{n}",
        order_id=order_id,
        symbol=symbol,
        side=side,
        quantity=shares(quantity),
        price=usd(price),
        commission=usd(commission),
        at=FEED,
    )


def account(cash: int = 100_000) -> Account:
    opened = AccountOpened(at=WALL, feed_at=FEED, account_id="paper:test", cash=usd(cash))
    return apply(None, opened)


def prediction(
    symbol: Symbol = IBM,
    expected: float = 0.002,
    confidence: float = 0.6,
    *,
    at: datetime = FEED,
    price: float = 100.0,
    skill: Skill = Skill.PROVEN,
) -> Prediction:
    return Prediction(
        symbol=symbol,
        at=at,
        price=price,
        horizons=tuple(
            HorizonPrediction(
                horizon_min=minutes,
                price=price * (1 + expected),
                expected_return=expected,
                confidence=confidence,
                low=price * 0.99,
                high=price * 1.01,
                model="gbm-60-v1",
                skill=skill,
            )
            for minutes in (15, 30, 60)
        ),
    )


def book_of(
    held: Account,
    *quotes: Quote,
    market: Market = OPEN,
    costs: TradingCosts = FREE,
    feed_now: datetime = FEED,
    stopped: str | None = None,
    cycle_orders: int | None = None,
) -> RiskBook:
    by_symbol: Mapping[Symbol, Quote] = {q.symbol: q for q in quotes or (quote(),)}
    return RiskBook(
        account=held,
        quotes=by_symbol,
        market=market,
        costs=costs,
        feed_now=feed_now,
        stopped=stopped,
        cycle_orders=cycle_orders,
    )


def core_of(
    held: Account | None = None,
    *quotes: Quote,
    limits: RiskLimits | None = WIDE,
    market: Market = OPEN,
    costs: TradingCosts = FREE,
) -> EngineCore:
    core = EngineCore(account=held or account(), costs=costs, slot_late_after=timedelta(minutes=10))
    core.on_market(market)
    core.on_limits(limits)
    for one in quotes or (quote(),):
        core.on_quote(one)
    core.on_candidates(tuple(q.symbol for q in quotes or (quote(),)))
    return core
