"""Which documents a desktop watches, and where each one stands in its snapshot."""

from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document

WATCHED: dict[Document[Any], str] = {
    registry.MARKET_DATA: "market_data",
    registry.MARKET_STATUS: "market_status",
    registry.PREDICTIONS_CURRENT: "predictions",
    registry.MULTI_API_DATA: "by_source",
    registry.TRADING_SETTINGS: "trading_settings",
    registry.TRADING_STATUS: "trading_status",
    registry.SYSTEM_STATUS: "system_status",
    registry.RISK_SETTINGS: "risk_settings",
    registry.PORTFOLIO_POSITIONS: "positions",
    registry.PORTFOLIO_SUMMARY: "summary",
    registry.ACTIVE_ORDERS: "orders",
    registry.AUTOTRADING_ENABLED: "config",
    registry.SESSIONS_ACTIVE: "sessions",
    registry.AUTOTRADING_CONTROL: "control",
    registry.SESSION_SETTINGS: "session_settings",
    registry.AUTOTRADING_ERROR: "autotrading_error",
    registry.CANARY: "canary",
    registry.RISK_STATE: "risk_state",
    registry.EMERGENCY_STATUS: "emergency",
    registry.RECONCILIATION: "reconciliation",
    registry.TRADING_PERFORMANCE: "performance",
    registry.PORTFOLIO_SETTINGS: "portfolio_settings",
    registry.TRADING_CONFIG: "trading_config",
    registry.MULTI_API_STATS: "source_stats",
    registry.DYNAMIC_TICKERS: "tickers",
    registry.WATCH_LIST: "wished",
    registry.ML_SCORECARD: "scorecard",
    registry.ML_MODELS: "models",
    registry.ML_TRAINING_STATUS: "training",
    registry.GROK_CANDIDATES: "candidates",
}
"""The documents a desktop watches, and the field of the snapshot each one fills."""

FIELDS = {document.key(): name for document, name in WATCHED.items()}
OF_THE_SYSTEM = {
    document.key()
    for document in (
        registry.SYSTEM_STATUS,
        registry.SESSIONS_ACTIVE,
        registry.AUTOTRADING_CONTROL,
        registry.CANARY,
        registry.MARKET_STATUS,
        registry.MULTI_API_STATS,
    )
}
