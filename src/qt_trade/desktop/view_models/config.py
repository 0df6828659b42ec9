"""The configuration to trade with: what stands in the document, what the form says, the limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.errors import (
    ConflictError,
    ContractError,
    DisconnectedError,
    InvalidMessageError,
)
from qt_trade.contract.payloads.trading import AutoTradingConfig, RiskSettings, TradingSettings
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import form as forms
from qt_trade.desktop.view_models import freshness, words
from qt_trade.desktop.view_models.form import Form, Source, Theirs
from qt_trade.model.limits import Strategy
from qt_trade.model.money import to_decimal
from qt_trade.model.presets import PRESETS

STRATEGIES = tuple(Strategy)
STRATEGY = "strategy"
_PERCENT = Decimal(100)
_LABELS = {
    STRATEGY: ("Strategy", ""),
    "confidence": ("Least confidence", "%"),
    "buy": ("Least rise to buy", "%"),
    "sell": ("Least fall to sell", "%"),
    "notional": ("Per order", " USD"),
    "shares": ("Most shares per order", ""),
    "stopLoss": ("Stop loss", "%"),
    "takeProfit": ("Take profit", "%"),
}
_NUMBERS = [name for name in _LABELS if name != STRATEGY]


@dataclass(frozen=True, slots=True)
class ConfigView:
    """``values``: what stands in the form's fields, as text (percentages in per cent).

    ``changed``, ``undecided`` and ``marked``: names of fields that were typed in here, of those
    that another changed meanwhile, and of those that another changed a moment ago.
    """

    known: bool = False
    strategy_index: int = 1
    values: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    mark_words: str = ""
    busy: bool = False
    can_apply: bool = False
    apply_hint: str = ""
    words: str = "The engine has published no settings yet"
    limits: tuple[Any, ...] = ()
    limits_words: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The form and what became of the last wish to apply it."""

    form: Form = field(default_factory=Form)
    error: str = ""
    busy: bool = False


def source(desk: Snapshot) -> Source | None:
    """Return what the form stands on: the document, else what the engine would trade with."""
    given = desk.config or desk.trading_settings
    if given is None:
        return None
    key = registry.AUTOTRADING_ENABLED.key()
    known = desk.provenances.get(key) or desk.provenances[registry.TRADING_SETTINGS.key()]
    at = given.ts if isinstance(given, AutoTradingConfig) else given.last_updated
    return Source(
        values=texts(given),
        revision=desk.revisions.get(key, 0),
        by=given.updated_by,
        at=at,
        arrived=known.arrived,
        own=getattr(given, "session_id", "") == desk.session_id,
    )


def config_view(desk: Snapshot, wall: datetime, asked: Asked, objection: str) -> ConfigView:
    """Return the configuration for this moment. ``objection``: why it may not be applied."""
    given, form = source(desk), asked.form
    limits = _limits(desk.risk_settings)
    if given is None:
        return ConfigView(limits=limits, error=asked.error)
    marks = forms.marked(form, wall)
    hint = objection or ("Decide about the fields in amber first" if form.undecided else "")
    return ConfigView(
        known=True,
        strategy_index=STRATEGIES.index(Strategy(form.values.get(STRATEGY, Strategy.BALANCED))),
        values=form.values,
        changed=tuple(form.typed),
        undecided=tuple(form.undecided),
        marked=tuple(marks),
        mark_words=_mark_words(marks, desk, wall),
        busy=asked.busy,
        can_apply=bool(form.typed) and not hint and not asked.busy,
        apply_hint=hint,
        words=f"set {_ago(given.at, desk, wall)} ago by {given.by}",
        limits=limits,
        limits_words=_by(desk.risk_settings),
        error=asked.error,
    )


def conflict_rows(form: Form, desk: Snapshot, wall: datetime) -> list[dict[str, Any]]:
    """Return one row of words for each field that waits for a decision."""
    return [_conflict(name, theirs, form, desk, wall) for name, theirs in form.undecided.items()]


def _conflict(
    name: str, theirs: Theirs, form: Form, desk: Snapshot, wall: datetime
) -> dict[str, Any]:
    label, unit = _LABELS[name]
    ago = _ago(theirs.at, desk, wall)
    return {
        "name": name,
        "title": f"{label} changed {ago} ago by {theirs.by}: {_shown(name, theirs.value)}{unit}.",
        "words": f"Yours: {_shown(name, form.typed[name])}{unit}.",
    }


def _shown(name: str, text: str) -> str:
    return words.prose(text) if name == STRATEGY else text


def _mark_words(marks: Mapping[str, Theirs], desk: Snapshot, wall: datetime) -> str:
    if not marks:
        return ""
    newest = max(marks.values(), key=lambda theirs: theirs.at)
    names = ", ".join(_LABELS[name][0] for name in marks)
    return f"{names}: changed {_ago(newest.at, desk, wall)} ago by {newest.by}"


def _ago(at: datetime, desk: Snapshot, wall: datetime) -> str:
    return words.span(freshness.age_s(at, desk, wall))


def preset_texts(index: int) -> dict[str, str]:
    """Return a strategy's starting values as the form writes them."""
    preset = PRESETS[STRATEGIES[index]]
    return {
        STRATEGY: STRATEGIES[index].value,
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
        who = error.writer or "another desk"
        return f"Not written: {who} wrote meanwhile. Look at what changed, then apply again."
    if isinstance(error, DisconnectedError):
        return "Not written: no connection to Redis."
    if isinstance(error, InvalidMessageError):
        return f"Not written: {error.path.removeprefix('$.')}: {error.reason}."
    return f"Not written: {error}"


def texts(settings: TradingSettings | AutoTradingConfig) -> dict[str, str]:
    """Return a configuration as the form writes it."""
    return {
        STRATEGY: settings.strategy.value,
        "confidence": _in_percent(settings.confidence_min),
        "buy": _in_percent(settings.buy_threshold_pct),
        "sell": _in_percent(settings.sell_threshold_pct),
        "notional": f"{settings.order_notional:,.0f}",
        "shares": str(settings.max_position_per_trade),
        "stopLoss": _in_percent(settings.stop_loss_pct),
        "takeProfit": _in_percent(settings.take_profit_pct),
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
    form: Mapping[str, str], desk: Snapshot, wall: datetime, *, enabled: bool
) -> AutoTradingConfig | str:
    """Return the configuration the form describes, or in words what is wrong with it."""
    if desk.market_status is None:
        return "The feed is not known yet."
    values: dict[str, Decimal] = {}
    for name in _NUMBERS:
        number = _number(form.get(name, ""))
        if number is None:
            return f"{_LABELS[name][0]}: a number such as 2.5 is needed."
        values[name] = number
    return AutoTradingConfig(
        ts=wall,
        source="desktop",
        feed=desk.market_status.feed,
        session_id=desk.session_id,
        enabled=enabled,
        strategy=Strategy(form[STRATEGY]),
        confidence_min=_fraction(values["confidence"]),
        buy_threshold_pct=_fraction(values["buy"]),
        sell_threshold_pct=_fraction(values["sell"]),
        order_notional=values["notional"],
        max_position_per_trade=int(values["shares"]),
        stop_loss_pct=_fraction(values["stopLoss"]),
        take_profit_pct=_fraction(values["takeProfit"]),
        updated_by=desk.session_name,
    )


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def _fraction(percentage: Decimal) -> float:
    return float(percentage / _PERCENT)
