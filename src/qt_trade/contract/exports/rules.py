"""What the payloads hold themselves to beyond the types of their fields, in JSON Schema's words.

Each type with a ``__post_init__`` is named here; a test holds the two against each other.
"""

from typing import Any

AMOUNT_RULES: dict[str, dict[str, str]] = {
    "AutoTradingConfig": {"order_notional": "AmountNotNegative"},
    "RiskSettings": {
        "daily_notional_cap": "AmountNotNegative",
        "cash_reserve": "AmountNotNegative",
        "order_notional_max": "AmountNotNegative",
    },
    "TradingConfig": {"cash_reserve": "AmountNotNegative", "trading_capital": "AmountNotNegative"},
    "PortfolioSettings": {"cash_reserve": "AmountNotNegative"},
    "SubmitOrder": {"limit_price": "AmountPositive"},
}
"""By type and field: the narrower kind of amount."""

CROSS_FIELD_RULES: dict[str, dict[str, Any]] = {
    "SubmitOrder": {
        "if": {"properties": {"order_type": {"const": "LIMIT"}}},
        "then": {"properties": {"limit_price": {"not": {"type": "null"}}}},
        "else": {"properties": {"limit_price": {"type": "null"}}},
    }
}
"""By type: what one field demands of another."""
