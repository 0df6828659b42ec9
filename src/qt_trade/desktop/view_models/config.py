"""The configuration to trade with: what the engine has, what the form says, and the limits."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from qt_trade.contract.errors import (
    ConflictError,
    ContractError,
    DisconnectedError,
    InvalidMessageError,
)
from qt_trade.contract.payloads.trading import AutoTradingConfig, RiskSettings, TradingSettings
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words
from qt_trade.model.limits import Strategy
from qt_trade.model.money import to_decimal
from qt_trade.model.presets import PRESETS

STRATEGIES = tuple(Strategy)
_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class ConfigView:
    """The values in force as text for the form (percentages in per cent)."""

    known: bool = False
    strategy_index: int = 1
    confidence: str = ""
    buy: str = ""
    sell: str = ""
    notional: str = ""
    shares: str = ""
    stop_loss: str = ""
    take_profit: str = ""
    words: str = "The engine has published no settings yet"
    limits: tuple[Any, ...] = ()
    limits_words: str = ""
    error: str = ""


def config_view(desk: Snapshot, wall: datetime, error: str) -> ConfigView:
    """Return the configuration in force."""
    settings = desk.trading_settings
    limits = _limits(desk.risk_settings)
    if settings is None:
        return ConfigView(limits=limits, error=error)
    return ConfigView(
        known=True,
        strategy_index=STRATEGIES.index(settings.strategy),
        **_texts(settings),
        words=f"set {words.age(settings.last_updated, desk.backend_now(wall))} ago by {settings.updated_by}",
        limits=limits,
        limits_words=_by(desk.risk_settings),
        error=error,
    )


def preset_texts(index: int) -> dict[str, str]:
    """Return a strategy's starting values as the form writes them."""
    preset = PRESETS[STRATEGIES[index]]
    return {
        "confidence": _in_percent(preset.confidence_min),
        "buy": _in_percent(preset.buy_threshold),
        "sell": _in_percent(preset.sell_threshold),
        "notional": f"{to_decimal(preset.order_notional):,.0f}",
        "shares": str(preset.order_shares_max),
        "stopLoss": _in_percent(preset.stop_loss),
        "takeProfit": _in_percent(preset.take_profit),
    }


def refused(error: ContractError | None) -> str:
    """Return in words why a configuration was not written; nothing when it was."""
    if error is None:
        return ""
    if isinstance(error, ConflictError):
        return (
            "Changed meanwhile by another desk. The values above are theirs now; look, then apply."
        )
    if isinstance(error, DisconnectedError):
        return "Not written: no connection to Redis."
    if isinstance(error, InvalidMessageError):
        return f"Not written: {error.path.removeprefix('$.')}: {error.reason}."
    return f"Not written: {error}"


def _texts(settings: TradingSettings) -> dict[str, str]:
    return {
        "confidence": _in_percent(settings.confidence_min),
        "buy": _in_percent(settings.buy_threshold_pct),
        "sell": _in_percent(settings.sell_threshold_pct),
        "notional": f"{settings.order_notional:,.0f}",
        "shares": str(settings.max_position_per_trade),
        "stop_loss": _in_percent(settings.stop_loss_pct),
        "take_profit": _in_percent(settings.take_profit_pct),
    }


def _in_percent(fraction: float) -> str:
    return f"{(Decimal(repr(fraction)) * _PERCENT).normalize():f}"


def _by(limits: RiskSettings | None) -> str:
    return "" if limits is None else f"set by {limits.updated_by}"


def _limits(limits: RiskSettings | None) -> tuple[dict[str, str], ...]:
    if limits is None:
        return ()
    weight = words.plain_percent(limits.position_weight_max)
    pairs = (
        ("Opened per day", f"{limits.daily_notional_cap:,.0f} USD"),
        ("One symbol", f"{weight}, {limits.position_shares_max:,} shares"),
        ("Orders per cycle", str(limits.trades_per_cycle_max)),
        ("Cash reserve", f"{limits.cash_reserve:,.0f} USD"),
        ("Cooldown", f"{limits.cooldown_min} min"),
    )
    return tuple({"name": name, "value": value} for name, value in pairs)


def config_of(
    form: dict[str, Any], desk: Snapshot, wall: datetime, *, enabled: bool
) -> AutoTradingConfig | str:
    """Return the configuration the form describes, or in words what is wrong with it."""
    if desk.market_status is None:
        return "The feed is not known yet."
    values: dict[str, Decimal] = {}
    for name, label in _NUMBERS.items():
        number = _number(str(form.get(name, "")))
        if number is None:
            return f"{label}: a number such as 2.5 is needed."
        values[name] = number
    return AutoTradingConfig(
        ts=wall,
        source="desktop",
        feed=desk.market_status.feed,
        session_id=desk.session_id,
        enabled=enabled,
        strategy=STRATEGIES[int(form["strategy"])],
        confidence_min=_fraction(values["confidence"]),
        buy_threshold_pct=_fraction(values["buy"]),
        sell_threshold_pct=_fraction(values["sell"]),
        order_notional=values["notional"],
        max_position_per_trade=int(values["shares"]),
        stop_loss_pct=_fraction(values["stopLoss"]),
        take_profit_pct=_fraction(values["takeProfit"]),
        updated_by=desk.session_name,
    )


_NUMBERS = {
    "confidence": "Least confidence",
    "buy": "Least rise to buy",
    "sell": "Least fall to sell",
    "notional": "Per order",
    "shares": "Most shares per order",
    "stopLoss": "Stop loss",
    "takeProfit": "Take profit",
}


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def _fraction(percentage: Decimal) -> float:
    return float(percentage / _PERCENT)
