"""Every key of the contract, declared once."""

from typing import Any

from qt_trade.contract import intelligence_keys
from qt_trade.contract.endpoints import (
    EVERYBODY,
    Command,
    Document,
    Endpoint,
    Feed,
    Framing,
    Log,
    Party,
)
from qt_trade.contract.payloads import (
    commands,
    emergency,
    frontend,
    health,
    history,
    market,
    portfolio,
    predictions,
    reconciliation,
    results,
    risk,
    sessions,
    signals,
    sources,
    trading,
    watch_list,
)
from qt_trade.contract.payloads.base import Id

_STREAMER = frozenset({Party.STREAMER})
_WORKER = frozenset({Party.WORKER})
_ENGINE = frozenset({Party.ENGINE})
_FRONTEND = frozenset({Party.FRONTEND})
_PROCESSES = _STREAMER | _WORKER | _ENGINE | frozenset({Party.BEAT, Party.VIEWS})

SESSION_TTL_S = 15.0
"""Seconds after its last heartbeat at which a session is over."""
HEARTBEAT_S = 5.0
"""Seconds between two heartbeats of a session."""
ROLE_REPORT_S = 2.0
"""Seconds between two reports of a process of a role."""
CANARY_EVERY_S = 5.0
"""Seconds between two canaries."""
CANARY_LIMIT_S = 10.0
"""Seconds after which a canary counts as lost."""

QUOTES: Feed[market.Quote] = Feed(
    "quotes:{SYMBOL}", market.Quote, _STREAMER, "Each quote as the source gave it"
)
MARKET_DATA: Document[market.MarketData] = Document(
    "market_data", market.MarketData, _STREAMER, "The last quote of every symbol", stale_after_s=5.0
)
MARKET_STATUS: Document[market.MarketStatus] = Document(
    "market_status",
    market.MarketStatus,
    _STREAMER,
    "The exchange's session, the feed's clock and state",
    stale_after_s=15.0,
)
BARS: Log[market.Bar] = Log(
    "bars:{SYMBOL}", market.Bar, _STREAMER, "Closed 1-minute bars, history first", cap=2000
)
PREDICTIONS_CURRENT: Document[predictions.PredictionsCurrent] = Document(
    "predictions_current",
    predictions.PredictionsCurrent,
    _WORKER,
    "The newest prediction of every symbol",
)
TRADING_SETTINGS: Document[trading.TradingSettings] = Document(
    "trading_settings", trading.TradingSettings, _ENGINE, "The configuration the engine trades with"
)
TRADING_STATUS: Document[trading.TradingStatus] = Document(
    "trading_status",
    trading.TradingStatus,
    _ENGINE,
    "What the engine does, whether it can trade and why not, the last cycles",
    stale_after_s=10.0,
)
SYSTEM_STATUS: Document[trading.SystemStatus] = Document(
    "system_status", trading.SystemStatus, _ENGINE, "Which roles do useful work", stale_after_s=10.0
)
RISK_SETTINGS: Document[trading.RiskSettings] = Document(
    "risk_settings",
    trading.RiskSettings,
    _ENGINE | _FRONTEND,
    "The limits no order may exceed; the engine writes the first version",
)
PORTFOLIO_POSITIONS: Document[portfolio.PortfolioPositions] = Document(
    "portfolio_positions",
    portfolio.PortfolioPositions,
    _ENGINE,
    "All open positions",
    stale_after_s=10.0,
)
PORTFOLIO_SUMMARY: Document[portfolio.PortfolioSummary] = Document(
    "backend:portfolio_summary",
    portfolio.PortfolioSummary,
    _ENGINE,
    "The account in figures",
    stale_after_s=10.0,
)
ACTIVE_ORDERS: Document[portfolio.ActiveOrders] = Document(
    "backend:active_orders",
    portfolio.ActiveOrders,
    _ENGINE,
    "Every order that may still be filled",
    stale_after_s=10.0,
)
RISK_STATE: Document[risk.RiskState] = Document(
    "backend:risk_state",
    risk.RiskState,
    _ENGINE,
    "The limits and what of them is used, breakers, waits",
    stale_after_s=10.0,
)
EMERGENCY_STATUS: Document[emergency.EmergencyStatus] = Document(
    "backend:emergency_status",
    emergency.EmergencyStatus,
    _ENGINE,
    "The emergency that is being carried out, what is still open at the broker",
)
EMERGENCY_RECEIPTS: Log[emergency.EmergencyReceipt] = Log(
    "backend:emergency_receipts",
    emergency.EmergencyReceipt,
    _ENGINE,
    "What each emergency did, proved by the broker",
    cap=100,
)
RECONCILIATION: Document[reconciliation.Reconciliation] = Document(
    "backend:reconciliation",
    reconciliation.Reconciliation,
    _ENGINE,
    "Our books against the broker's",
)
EQUITY: Log[portfolio.EquityPoint] = Log(
    "backend:equity",
    portfolio.EquityPoint,
    _ENGINE,
    "The account's value, once per feed minute",
    cap=2000,
)
TRADES_LOG: Log[portfolio.Trade] = Log(
    "trades_log", portfolio.Trade, _ENGINE, "Every fill", cap=200
)
AUTOTRADING_ENABLED: Document[trading.AutoTradingConfig] = Document(
    "autotrading:enabled",
    trading.AutoTradingConfig,
    _FRONTEND | _ENGINE,
    "The configuration to trade with; enabled false, or no key, stops",
)
AUTOTRADING_STATUS: Document[trading.AutoTradingStatus] = Document(
    "autotrading:status",
    trading.AutoTradingStatus,
    _FRONTEND | _ENGINE,
    "What a frontend asked for",
    framing=Framing.WORD,
)
AUTOTRADING_BACKEND_STATUS: Document[trading.BackendStatus] = Document(
    "autotrading:backend_status",
    trading.BackendStatus,
    _ENGINE,
    "What AutoTrading does",
    framing=Framing.WORD,
)
MANUAL_ORDERS: Command[commands.ManualOrder] = Command(
    "frontend:manual_orders",
    commands.ManualOrder,  # type: ignore[arg-type]  # a union of structs is no class to mypy
    _FRONTEND,
    "Submit or cancel an order by hand",
    readers=_ENGINE,
)
RISK_QUESTIONS: Command[commands.RiskQuestion] = Command(
    "frontend:risk_questions",
    commands.RiskQuestion,
    _FRONTEND,
    "Ask what risk would say to an order; nothing is sent",
    readers=_ENGINE,
)
EMERGENCY_ACTIONS: Command[commands.EmergencyAction] = Command(
    "frontend:emergency_actions",
    commands.EmergencyAction,
    _FRONTEND,
    "Stop, cancel, close, resume; overtakes everything",
    readers=_ENGINE,
)
TRADING_CYCLE: Command[commands.TradingCycleRequest] = Command(
    "backend:trading_cycle",
    commands.TradingCycleRequest,
    _WORKER,
    "Run the trading cycle of a slot",
    readers=_ENGINE,
)
SESSION: Document[sessions.Session] = Document(
    "session:{ID}",
    sessions.Session,
    _FRONTEND | _ENGINE,
    "One frontend, kept alive by its heartbeat; deleting it logs out",
    readers=_ENGINE | _FRONTEND,
    ttl_s=SESSION_TTL_S,
    plain=True,
)
SESSIONS_ACTIVE: Document[sessions.ActiveSessions] = Document(
    "sessions:active",
    sessions.ActiveSessions,
    _ENGINE,
    "Who is there, and who was logged out",
    stale_after_s=10.0,
)
SESSION_ACTIONS: Command[sessions.SessionAction] = Command(
    "frontend:session_actions",
    sessions.SessionAction,  # type: ignore[arg-type]  # as above
    _FRONTEND,
    "Take, release or keep the AutoTrading control; log a session out",
    readers=_ENGINE,
)
SESSION_SETTINGS: Document[sessions.SessionSettings] = Document(
    "frontend:session_settings",
    sessions.SessionSettings,
    _FRONTEND | _ENGINE,
    "What happens when the controlling session dies; the engine writes the first version",
)
AUTOTRADING_CONTROL: Document[sessions.AutoTradingControl] = Document(
    "autotrading:control",
    sessions.AutoTradingControl,
    _ENGINE,
    "Which session controls AutoTrading, and who asks for it",
    stale_after_s=10.0,
)
AUTOTRADING_SESSION_ACTIVE: Document[str] = Document(
    "autotrading:session_active",
    Id,
    _ENGINE,
    "The id of the session that controls AutoTrading, as a plain word; absent without one",
    framing=Framing.WORD,
)
AUTOTRADING_STATS: Document[results.AutoTradingStats] = Document(
    "autotrading:stats",
    results.AutoTradingStats,
    _ENGINE,
    "AutoTrading's day in figures",
    stale_after_s=10.0,
)
AUTOTRADING_ERROR: Document[results.AutoTradingError] = Document(
    "autotrading:error",
    results.AutoTradingError,
    _ENGINE,
    "What stands in AutoTrading's way, or why a setting was refused; absent when nothing",
)
TRADING_CONFIG: Document[frontend.TradingConfig] = Document(
    "frontend:trading_config", frontend.TradingConfig, _FRONTEND | _ENGINE, "How boldly to trade"
)
BOT_STRATEGY: Document[frontend.BotStrategy] = Document(
    "frontend:bot_strategy", frontend.BotStrategy, _FRONTEND | _ENGINE, "Which signals count"
)
PORTFOLIO_SETTINGS: Document[frontend.PortfolioSettings] = Document(
    "frontend:portfolio_settings",
    frontend.PortfolioSettings,
    _FRONTEND | _ENGINE,
    "What the account should look like",
)
UI_STATE: Document[frontend.UiState] = Document(
    "frontend:ui_state", frontend.UiState, _FRONTEND | _ENGINE, "What the last frontend showed"
)
TRADING_PERFORMANCE: Document[results.TradingPerformance] = Document(
    "backend:trading_performance",
    results.TradingPerformance,
    _ENGINE,
    "Results since the account was opened",
    stale_after_s=10.0,
)
RECENT_TRADES: Document[results.RecentTrades] = Document(
    "backend:recent_trades", results.RecentTrades, _ENGINE, "The last fills, newest first"
)
ORDER_EVENTS: Log[results.OrderEvent] = Log(
    "backend:order_events", results.OrderEvent, _ENGINE, "Each step of each order", cap=1000
)
ML_PREDICTIONS_ENHANCED: Document[signals.MlPredictionsEnhanced] = Document(
    "backend:ml_predictions_enhanced",
    signals.MlPredictionsEnhanced,
    _WORKER,
    "The newest predictions with interval, trend and volatility",
)
ML_TRADING_SIGNALS: Document[signals.MlTradingSignals] = Document(
    "backend:ml_trading_signals",
    signals.MlTradingSignals,
    _WORKER,
    "Predictions strong enough to act on",
)
ML_TRAINING_STATUS: Document[signals.MlTrainingStatus] = Document(
    "ml_training_status", signals.MlTrainingStatus, _WORKER, "What the trainer does"
)
GROK_CANDIDATES: Document[signals.GrokCandidates] = Document(
    "backend:grok_candidates", signals.GrokCandidates, _WORKER, "The AI's candidates"
)
WATCH_LIST: Document[watch_list.WatchList] = Document(
    "frontend:watch_list", watch_list.WatchList, _FRONTEND | _ENGINE, "The symbols to watch"
)
ML_SCORECARD = intelligence_keys.ML_SCORECARD
ML_MODELS = intelligence_keys.ML_MODELS
ML_REQUESTS = intelligence_keys.ML_REQUESTS
DYNAMIC_TICKERS: Document[watch_list.DynamicTickers] = Document(
    "dynamic_tickers", watch_list.DynamicTickers, _STREAMER, "The watch list in force"
)
PROVIDER_QUOTES: Document[sources.ProviderQuotes] = Document(
    "backend:provider_quotes:{PROVIDER}",
    sources.ProviderQuotes,
    _WORKER,
    "A provider's last answers to the rounds of questions",
)
HISTORY: Document[history.History] = Document(
    "backend:history:{SYMBOL}", history.History, _WORKER, "Stored bars of a symbol, for charts"
)
DATA_REQUESTS: Command[history.DataRequest] = Command(
    "frontend:data_requests",
    history.DataRequest,  # type: ignore[arg-type]  # as above
    _FRONTEND,
    "Backfill history, or stop doing so",
    readers=_WORKER,
)
DATA_STATUS: Document[history.DataStatus] = Document(
    "backend:data_status", history.DataStatus, _WORKER, "What is stored, how backfills go"
)
MULTI_API_DATA: Document[sources.MultiApiEnhancedData] = Document(
    "multi_api_enhanced_data",
    sources.MultiApiEnhancedData,
    _STREAMER,
    "Every symbol with the sources behind its price",
    stale_after_s=15.0,
)
MULTI_API_STATS: Document[sources.MultiApiEnhancedStats] = Document(
    "multi_api_enhanced_stats",
    sources.MultiApiEnhancedStats,
    _STREAMER,
    "The sources, their last round and their quotas",
    stale_after_s=15.0,
)
YFINANCE: Document[sources.YFinance] = Document(
    "yfinance:{SYMBOL}", sources.YFinance, _WORKER, "Yahoo's quote with its recent bars"
)
YFINANCE_ENHANCED: Document[sources.YFinanceEnhanced] = Document(
    "yfinance_enhanced:{SYMBOL}",
    sources.YFinanceEnhanced,
    _WORKER,
    "A year of daily bars with indicators, fundamentals and news",
)
ROLE_REPORTS: Feed[health.RoleReport] = Feed(
    "backend:role:{INSTANCE}",
    health.RoleReport,
    _PROCESSES,
    "What each process of each role does, every other second",
)
CANARY_PROBE: Feed[health.CanaryProbe] = Feed(
    "backend:canary_probe:{RUN}",
    health.CanaryProbe,
    _STREAMER,
    "The canary on its way from the streamer to the engine",
    readers=_ENGINE,
)
CANARY: Document[health.Canary] = Document(
    "backend:canary",
    health.Canary,
    _ENGINE,
    "The canary's way through the whole chain, step by step",
    stale_after_s=15.0,
)
SYSTEM_HEALTH: Document[health.SystemHealth] = Document(
    "backend:system_health",
    health.SystemHealth,
    _ENGINE,
    "The state of the whole in one word, judged by the chain",
    stale_after_s=10.0,
)
ALERTS_ACTIVE: Document[health.AlertsActive] = Document(
    "backend:alerts_active", health.AlertsActive, _ENGINE, "Every alert that still holds"
)
LEADER: Document[health.Leader] = Document(
    "backend:leader", health.Leader, _ENGINE, "Which engine leads; a former one that reads it ends"
)
LOG_LINES: Log[health.LogLine] = Log(
    "backend:log_lines", health.LogLine, _PROCESSES, "The last lines of every role's log", cap=500
)
DEAD_LETTERS: Log[commands.DeadLetter] = Log(
    "contract:dead_letters",
    commands.DeadLetter,
    EVERYBODY,
    "Every refused message with its reason",
    cap=1000,
)

KEYS: tuple[Endpoint[Any], ...] = tuple(
    value for value in tuple(globals().values()) if isinstance(value, Endpoint)
)
"""All endpoints, in the order of the reference page: that of their declaration."""
