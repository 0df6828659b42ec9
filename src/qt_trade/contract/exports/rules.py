"""What the payloads hold themselves to beyond the types of their fields, in JSON Schema's words.

Each type with a ``__post_init__`` is named here; a test holds the two against each other. That the
prices of an order's exits lie on the right sides of each other no schema can say.
"""

from typing import Any

from qt_trade.contract.payloads.trading import FLAT_MIN

Rule = dict[str, Any]

_PRICES = (
    "limit_price",
    "stop_price",
    "trail_price",
    "take_profit",
    "stop_loss",
    "stop_loss_limit",
)
_TICKET_AMOUNTS = {"quantity": "SharesPositive", **dict.fromkeys(_PRICES, "AmountPositive")}

AMOUNT_RULES: dict[str, dict[str, str]] = {
    "AutoTradingConfig": {"order_notional": "AmountNotNegative"},
    "RiskSettings": {
        "daily_notional_cap": "AmountNotNegative",
        "cash_reserve": "AmountNotNegative",
        "order_notional_max": "AmountNotNegative",
    },
    "TradingConfig": {"cash_reserve": "AmountNotNegative", "trading_capital": "AmountNotNegative"},
    "PortfolioSettings": {"cash_reserve": "AmountNotNegative"},
    "SubmitOrder": _TICKET_AMOUNTS,
    "RiskQuestion": _TICKET_AMOUNTS,
    "ReplaceOrder": {
        "quantity": "SharesPositive",
        **dict.fromkeys(("limit_price", "stop_price", "trail_price"), "AmountPositive"),
    },
}
"""By type and field: the narrower kind of amount."""


def _is(field: str, *values: str) -> Rule:
    """Say that a field has one of these values."""
    return {"properties": {field: {"enum": list(values)}}, "required": [field]}


def _given(*fields: str) -> Rule:
    """Say that each of these fields has a value."""
    return {"properties": {one: {"not": {"type": "null"}} for one in fields}, "required": [*fields]}


def _none(*fields: str) -> Rule:
    """Say that none of these fields has a value."""
    return {"properties": {one: {"type": "null"} for one in fields}}


def _all(*rules: Rule) -> Rule:
    return {"allOf": [*rules]}


def _some(*rules: Rule) -> Rule:
    return {"anyOf": [*rules]}


def _when(condition: Rule, then: Rule, otherwise: Rule | None = None) -> Rule:
    rule = {"if": condition, "then": then}
    return rule if otherwise is None else rule | {"else": otherwise}


_LASTS = _is("time_in_force", "DAY", "GTC")
_SIMPLE: Rule = {"properties": {"order_class": {"const": "SIMPLE"}}}
_EXTENDED: Rule = {
    "properties": {"extended_hours": {"const": True}},
    "required": ["extended_hours"],
}
_IN_PARTS: Rule = {
    "properties": {
        "quantity": {
            "anyOf": [
                {"type": "number", "not": {"multipleOf": 1}},
                {"type": "string", "pattern": "\\.[0-9]*[1-9]"},
            ]
        }
    },
    "required": ["quantity"],
}
_TICKET = _all(
    _when(_is("order_type", "LIMIT", "STOP_LIMIT"), _given("limit_price"), _none("limit_price")),
    _when(_is("order_type", "STOP", "STOP_LIMIT"), _given("stop_price"), _none("stop_price")),
    _when(
        _is("order_type", "TRAILING_STOP"),
        _some(
            _all(_given("trail_price"), _none("trail_bp")),
            _all(_given("trail_bp"), _none("trail_price")),
        ),
        _none("trail_price", "trail_bp"),
    ),
    _when(_EXTENDED, _all(_is("order_type", "LIMIT"), _LASTS, _SIMPLE)),
    _when(_is("time_in_force", "IOC", "FOK"), _all(_is("order_type", "MARKET", "LIMIT"), _SIMPLE)),
    _when(
        _is("order_class", "BRACKET"),
        _all(
            _is("order_type", "MARKET", "LIMIT"), _some(_given("take_profit"), _given("stop_loss"))
        ),
    ),
    _when(
        _is("order_class", "OCO"),
        _all(_is("order_type", "LIMIT"), _given("stop_loss"), _none("take_profit")),
    ),
    _when(_SIMPLE, _none("take_profit", "stop_loss", "stop_loss_limit")),
    _when(_given("stop_loss_limit"), _given("stop_loss")),
    _when(
        _IN_PARTS,
        _all(
            _SIMPLE,
            _is("time_in_force", "DAY"),
            _is("order_type", "MARKET", "LIMIT", "STOP", "STOP_LIMIT"),
        ),
    ),
)

_ALIKE: Rule = {"$comment": "All columns have the same length, which no schema can say."}

CROSS_FIELD_RULES: dict[str, Rule] = {
    "SubmitOrder": _TICKET,
    "RiskQuestion": _TICKET,
    "ReplaceOrder": _some(
        *(
            _given(field)
            for field in (
                "quantity", "limit_price", "stop_price", "trail_price", "trail_bp", "time_in_force",
            )
        )
    ),
    "BarColumns": _ALIKE,
    "Curve": _ALIKE,
    "AutoTradingConfig": _when(
        _is("policy", "FLAT_BY_CLOSE"),
        {"properties": {"skip_last_min": {"minimum": FLAT_MIN}}, "required": ["skip_last_min"]},
    ),
}  # fmt: skip
"""By type: what one field demands of another."""
