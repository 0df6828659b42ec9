"""Every key of the contract, declared once."""

from typing import Any

from qt_trade.contract.endpoints import Command, Document, Endpoint, Feed, Framing, Log, Party
from qt_trade.contract.payloads import commands, market, portfolio, predictions, sessions, trading

_STREAMER = frozenset({Party.STREAMER})
_WORKER = frozenset({Party.WORKER})
_ENGINE = frozenset({Party.ENGINE})
_FRONTEND = frozenset({Party.FRONTEND})
_ALL = frozenset(Party)

SESSION_TTL_S = 15.0
"""Seconds after its last heartbeat at which a session is over."""
HEARTBEAT_S = 5.0
"""Seconds between two heartbeats of a session."""

QUOTES: Feed[market.Quote] = Feed(
    "quotes:{SYMBOL}", market.Quote, _STREAMER, _ALL, "Each quote as the source gave it"
)
MARKET_DATA: Document[market.MarketData] = Document(
    "market_data",
    market.MarketData,
    _STREAMER,
    _ALL,
    "The last quote of every symbol",
    stale_after_s=5.0,
)
MARKET_STATUS: Document[market.MarketStatus] = Document(
    "market_status",
    market.MarketStatus,
    _STREAMER,
    _ALL,
    "The exchange's session, the feed's clock and state",
    stale_after_s=15.0,
)
BARS: Log[market.Bar] = Log(
    "bars:{SYMBOL}", market.Bar, _STREAMER, _ALL, "Closed 1-minute bars, history first", cap=2000
)
PREDICTIONS_CURRENT: Document[predictions.PredictionsCurrent] = Document(
    "predictions_current",
    predictions.PredictionsCurrent,
    _WORKER,
    _ALL,
    "The newest prediction of every symbol",
)
TRADING_SETTINGS: Document[trading.TradingSettings] = Document(
    "trading_settings",
    trading.TradingSettings,
    _ENGINE,
    _ALL,
    "The configuration the engine trades with",
)
TRADING_STATUS: Document[trading.TradingStatus] = Document(
    "trading_status",
    trading.TradingStatus,
    _ENGINE,
    _ALL,
    "What the engine does, whether it can trade and why not, the last cycles",
    stale_after_s=10.0,
)
SYSTEM_STATUS: Document[trading.SystemStatus] = Document(
    "system_status",
    trading.SystemStatus,
    _ENGINE,
    _ALL,
    "Which roles do useful work",
    stale_after_s=10.0,
)
RISK_SETTINGS: Document[trading.RiskSettings] = Document(
    "risk_settings",
    trading.RiskSettings,
    _ENGINE | _FRONTEND,
    _ALL,
    "The limits no order may exceed; the engine writes the first version",
)
PORTFOLIO_POSITIONS: Document[portfolio.PortfolioPositions] = Document(
    "portfolio_positions",
    portfolio.PortfolioPositions,
    _ENGINE,
    _ALL,
    "All open positions",
    stale_after_s=10.0,
)
PORTFOLIO_SUMMARY: Document[portfolio.PortfolioSummary] = Document(
    "backend:portfolio_summary",
    portfolio.PortfolioSummary,
    _ENGINE,
    _ALL,
    "The account in figures",
    stale_after_s=10.0,
)
ACTIVE_ORDERS: Document[portfolio.ActiveOrders] = Document(
    "backend:active_orders",
    portfolio.ActiveOrders,
    _ENGINE,
    _ALL,
    "Every order that may still be filled",
    stale_after_s=10.0,
)
EQUITY: Log[portfolio.EquityPoint] = Log(
    "backend:equity",
    portfolio.EquityPoint,
    _ENGINE,
    _ALL,
    "The account's value, once per feed minute",
    cap=2000,
)
TRADES_LOG: Log[portfolio.Trade] = Log(
    "trades_log", portfolio.Trade, _ENGINE, _ALL, "Every fill", cap=200
)
AUTOTRADING_ENABLED: Document[trading.AutoTradingConfig] = Document(
    "autotrading:enabled",
    trading.AutoTradingConfig,
    _FRONTEND,
    _ALL,
    "The configuration to trade with; enabled false, or no key, stops",
)
AUTOTRADING_STATUS: Document[trading.AutoTradingStatus] = Document(
    "autotrading:status",
    trading.AutoTradingStatus,
    _FRONTEND,
    _ALL,
    "What a frontend asked for",
    framing=Framing.WORD,
)
AUTOTRADING_BACKEND_STATUS: Document[trading.BackendStatus] = Document(
    "autotrading:backend_status",
    trading.BackendStatus,
    _ENGINE,
    _ALL,
    "What AutoTrading does",
    framing=Framing.WORD,
)
MANUAL_ORDERS: Command[commands.ManualOrder] = Command(
    "frontend:manual_orders",
    commands.ManualOrder,  # type: ignore[arg-type]  # a union of two structs is no class to mypy
    _FRONTEND,
    _ENGINE,
    "Submit or cancel an order by hand",
)
EMERGENCY_ACTIONS: Command[commands.EmergencyAction] = Command(
    "frontend:emergency_actions",
    commands.EmergencyAction,
    _FRONTEND,
    _ENGINE,
    "Stop, cancel, close, resume; overtakes everything",
)
TRADING_CYCLE: Command[commands.TradingCycleRequest] = Command(
    "backend:trading_cycle",
    commands.TradingCycleRequest,
    _WORKER,
    _ENGINE,
    "Run the trading cycle of a slot",
)
SESSION: Document[sessions.Session] = Document(
    "session:{ID}",
    sessions.Session,
    _FRONTEND,
    _ENGINE | _FRONTEND,
    "One frontend, kept alive by its heartbeat",
    ttl_s=SESSION_TTL_S,
)
DEAD_LETTERS: Log[commands.DeadLetter] = Log(
    "contract:dead_letters",
    commands.DeadLetter,
    _ALL,
    _ALL,
    "Every refused message with its reason",
    cap=1000,
)

KEYS: tuple[Endpoint[Any], ...] = (
    QUOTES,
    MARKET_DATA,
    MARKET_STATUS,
    BARS,
    PREDICTIONS_CURRENT,
    TRADING_SETTINGS,
    TRADING_STATUS,
    SYSTEM_STATUS,
    RISK_SETTINGS,
    PORTFOLIO_POSITIONS,
    PORTFOLIO_SUMMARY,
    ACTIVE_ORDERS,
    EQUITY,
    TRADES_LOG,
    AUTOTRADING_ENABLED,
    AUTOTRADING_STATUS,
    AUTOTRADING_BACKEND_STATUS,
    MANUAL_ORDERS,
    EMERGENCY_ACTIONS,
    TRADING_CYCLE,
    SESSION,
    DEAD_LETTERS,
)
"""All endpoints, in the order of the reference page."""
