"""Trading: its settings and limits, its state, the cycles it ran."""

from enum import StrEnum
from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import (
    Amount,
    Backend,
    Count,
    Fraction,
    Frontend,
    Moment,
    Shares,
    SymbolText,
    Whole,
    Words,
    WrongFieldError,
    check_given,
)
from qt_trade.contract.payloads.health import RoleHealth, ServiceHealth
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.presets import PositionSizing, TradingPolicy
from qt_trade.model.signals import Source, Vote

Percentage = Annotated[float, msgspec.Meta(ge=0, le=1, description="a fraction: 0.05 is 5 %")]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=390)]
StrategyName = Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9][a-z0-9-]{0,39})?(?!\n)$")]
FLAT_MIN = 10
"""Fewer minutes before the close might see no cycle at all."""
Probability = Annotated[float, msgspec.Meta(ge=0.5, le=1)]


class AutoTradingConfig(Frontend, frozen=True, kw_only=True):
    """The configuration to trade with. ``enabled: false``, or deleting the key, stops.

    ``buy_threshold_pct``: least expected rise to open; ``sell_threshold_pct``: least expected
    fall to close; ``confidence_min``: least probability of the direction; all as fractions.
    ``skip_first_min`` and ``skip_last_min``: minutes of the session in which nothing opens.
    ``policy``: FLAT_BY_CLOSE sells all in those last minutes. ``fractional``: parts of shares may
    be bought. ``exits_at_broker``: stop loss and take profit are left with the broker (BRACKET
    orders of whole shares). ``own_strategy``: the name of one that is known to the engine.
    """

    enabled: bool
    strategy: Strategy
    confidence_min: Probability
    buy_threshold_pct: Percentage
    sell_threshold_pct: Percentage
    order_notional: Amount
    max_position_per_trade: Shares
    stop_loss_pct: Percentage
    take_profit_pct: Percentage
    updated_by: str
    # Left out, each is what it was before there was any; none of them can loosen a limit.
    skip_first_min: Minutes = 0
    skip_last_min: Minutes = 0
    policy: TradingPolicy = TradingPolicy.NORMAL
    fractional: bool = False
    exits_at_broker: bool = False
    own_strategy: StrategyName = ""

    def __post_init__(self) -> None:
        check_given(order_notional=self.order_notional)
        flat = self.policy is TradingPolicy.FLAT_BY_CLOSE
        if flat and self.skip_last_min < FLAT_MIN:
            words = f"is {self.skip_last_min}; FLAT_BY_CLOSE needs at least {FLAT_MIN} minutes"
            raise WrongFieldError("skip_last_min", words)


class TradingSettings(Backend, frozen=True, kw_only=True):
    """What the engine trades with: the configuration, and what other documents wish besides.

    ``sources``: the signals in use. ``positions_wanted`` and the others that may be None: nobody
    wishes anything of the kind.
    """

    enabled: bool
    strategy: Strategy
    confidence_min: Probability
    buy_threshold_pct: Percentage
    sell_threshold_pct: Percentage
    order_notional: Amount
    max_position_per_trade: Shares
    stop_loss_pct: Percentage
    take_profit_pct: Percentage
    last_updated: Moment
    updated_by: str
    orders_per_cycle: Count = 0
    sources: tuple[Source, ...] = ()
    candidate_score_min: Fraction = 0.0
    sizing: PositionSizing = PositionSizing.FIXED
    sizing_scale: float = 1.0
    positions_wanted: Count | None = None
    weight_max: Fraction | None = None
    capital: Amount | None = None
    rebalance_beyond: Fraction | None = None
    preferred_sectors: tuple[Words, ...] = ()
    excluded_symbols: tuple[SymbolText, ...] = ()
    skip_first_min: Count = 0
    skip_last_min: Count = 0
    policy: TradingPolicy = TradingPolicy.NORMAL
    fractional: bool = False
    exits_at_broker: bool = False
    own_strategy: str = ""


PerMinute = Annotated[int, msgspec.Meta(ge=0, le=1_000)]


class RiskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits no order may exceed (see ``model.limits.RiskLimits``).

    A later field that is left out, as earlier versions do, keeps the value in force: the engine
    writes the document again at once, complete. Tighter limits are in force at once, looser ones
    60 s after they were written.
    """

    ts: Moment
    source: str
    feed: FeedKind
    updated_by: str
    daily_notional_cap: Amount
    position_shares_max: Shares
    position_weight_max: Fraction
    trades_per_cycle_max: Count
    cash_reserve: Amount
    cooldown_min: Count
    order_notional_max: Amount | None = None
    sector_weight_max: Fraction | None = None
    exposure_max: Fraction | None = None
    positions_max: Count | None = None
    open_orders_max: Count | None = None
    trades_per_day_max: Count | None = None
    symbol_trades_per_day_max: Count | None = None
    orders_per_min_max: PerMinute | None = None
    price_collar: Fraction | None = None
    spread_max_bp: Count | None = None
    skip_first_min: Count | None = None
    skip_last_min: Count | None = None
    day_loss_soft: Fraction | None = None
    day_loss_hard: Fraction | None = None
    drawdown_max: Fraction | None = None
    unknown_orders_max: Count | None = None
    broker_failures_max: PerMinute | None = None
    shorting: bool | None = None

    def __post_init__(self) -> None:
        check_given(daily_notional_cap=self.daily_notional_cap, cash_reserve=self.cash_reserve)
        if self.order_notional_max is not None:
            check_given(order_notional_max=self.order_notional_max)


class AutoTradingStatus(StrEnum):
    """What a frontend asked for."""

    ACTIVE = "ACTIVE"
    STOPPED = "STOPPED"


class BackendStatus(StrEnum):
    """What AutoTrading does; ``trading_status`` has the reason in words.

    RUNNING: the next cycle may open. MARKET_CLOSED: no session. PAUSED: nothing opens, exits go
    on. STALE_DATA: no quote is fresh. RISK_BLOCKED: a limit or a breaker lets nothing open.
    CONFIG_ERROR: the configuration cannot be traded with. ERROR: the last cycle failed, or
    nothing can be kept in the journal.
    """

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    MARKET_CLOSED = "MARKET_CLOSED"
    STALE_DATA = "STALE_DATA"
    RISK_BLOCKED = "RISK_BLOCKED"
    PAUSED = "PAUSED"
    ERROR = "ERROR"
    CONFIG_ERROR = "CONFIG_ERROR"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to "can I trade now"."""

    name: str
    ok: bool
    words: Words


class Stage(StrEnum):
    """Where a candidate's way through a cycle ended."""

    CANDIDATE = "CANDIDATE"
    SIGNAL = "SIGNAL"
    RISK = "RISK"
    ORDER = "ORDER"


class SourceSignal(msgspec.Struct, frozen=True, kw_only=True):
    """What one source said of a symbol. ``strength``: 0 to 1, of a BUY or SELL.

    SILENT: it could not say anything, and ``words`` say why.
    """

    source: Source
    vote: Vote
    strength: Fraction
    words: Words


class CycleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's way: the words of each stage it reached; the last one says why it ended."""

    symbol: SymbolText
    ended_at: Stage
    candidate: Words
    signal: Words
    risk: Words
    order: Words
    order_id: str
    expected_return: float | None
    confidence: float | None
    sources: tuple[SourceSignal, ...] = ()


class CycleReport(msgspec.Struct, frozen=True, kw_only=True):
    """One cycle. ``slot``: the feed time it belongs to; ``at``: the wall time it ran.

    ``strategy``: what decided; ``took_ms``: how long a person's own one took. ``words``: why
    nothing was decided, else empty.
    """

    number: Count
    slot: Moment
    at: Moment
    candidates: Count
    signals: Count
    passed_risk: Count
    orders: Count
    rows: tuple[CycleRow, ...]
    strategy: Words = ""
    took_ms: float | None = None
    words: Words = ""


class CycleSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier cycle in figures."""

    number: Count
    slot: Moment
    candidates: Count
    signals: Count
    passed_risk: Count
    orders: Count


class TradingStatus(Backend, frozen=True, kw_only=True):
    """The engine's state.

    ``reason``: why ``status`` is what it is. ``can_trade``: whether a person may open a position now, the answer to all ``checks`` but
    ``entries``, which is AutoTrading's alone.
    """

    account: str
    run_id: str
    feed_ts: Moment
    mode: str
    status: BackendStatus
    active: bool
    emergency_stop: bool
    emergency_words: Words
    can_trade: bool
    checks: tuple[Check, ...]
    controller: str
    since: Moment | None
    last_run: Moment | None
    next_run: Moment | None
    cycle_interval_s: float
    last_error: str | None
    trades_today: Count
    total_volume: Amount
    cycles_run: Count
    last_cycle: CycleReport | None
    cycles: tuple[CycleSummary, ...]
    worker_pid: Whole
    reason: Words = ""


class SystemStatus(Backend, frozen=True, kw_only=True):
    """What works and what does not, judged by work done.

    ``services``: the vendors by name; an ``…_api_active`` is their ACTIVE, for older frontends.
    ``chain_ok`` and ``chain_ms``: the last canary. ``memory_usage_mb`` and ``cpu_usage_percent``
    (of one core): all roles together.
    """

    run_id: str
    redis_connected: bool
    redis_latency_ms: float | None
    postgres_connected: bool
    postgres_latency_ms: float | None
    finnhub_api_active: bool
    fmp_api_active: bool
    marketstack_api_active: bool
    twelvedata_api_active: bool
    yfinance_api_active: bool
    alpaca_api_active: bool
    grok_api_active: bool
    worker_running: bool
    market_open: bool
    last_market_check: Moment | None
    roles: dict[str, RoleHealth]
    services: dict[str, ServiceHealth]
    chain_ok: bool
    chain_ms: float | None
    last_heartbeat: Moment
    uptime_seconds: float
    memory_usage_mb: float
    cpu_usage_percent: float
    rejected_messages: Count
