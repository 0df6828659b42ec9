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
    check_given,
)
from qt_trade.contract.payloads.health import RoleHealth, ServiceHealth
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy

Percentage = Annotated[float, msgspec.Meta(ge=0, le=1, description="a fraction: 0.05 is 5 %")]
Probability = Annotated[float, msgspec.Meta(ge=0.5, le=1)]


class AutoTradingConfig(Frontend, frozen=True, kw_only=True):
    """The configuration to trade with. ``enabled: false``, or deleting the key, stops.

    ``buy_threshold_pct``: least expected rise to open; ``sell_threshold_pct``: least expected
    fall to close; ``confidence_min``: least probability of the direction; all as fractions.
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

    def __post_init__(self) -> None:
        check_given(order_notional=self.order_notional)


class TradingSettings(Backend, frozen=True, kw_only=True):
    """The configuration the engine trades with, as it took it over."""

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


class RiskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits no order may exceed (see ``model.limits.RiskLimits``)."""

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

    def __post_init__(self) -> None:
        check_given(daily_notional_cap=self.daily_notional_cap, cash_reserve=self.cash_reserve)


class AutoTradingStatus(StrEnum):
    """What a frontend asked for."""

    ACTIVE = "ACTIVE"
    STOPPED = "STOPPED"


class BackendStatus(StrEnum):
    """What AutoTrading does."""

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


class CycleReport(msgspec.Struct, frozen=True, kw_only=True):
    """One cycle. ``slot``: the feed time it belongs to; ``at``: the wall time it ran."""

    number: Count
    slot: Moment
    at: Moment
    candidates: Count
    signals: Count
    passed_risk: Count
    orders: Count
    rows: tuple[CycleRow, ...]


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

    ``can_trade``: whether a person may open a position now, the answer to all ``checks`` but
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
