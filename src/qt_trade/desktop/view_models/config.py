"""The configuration to trade with: what stands in the document, and what the form says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from qt_trade.contract import registry
from qt_trade.contract.payloads.trading import AutoTradingConfig, TradingSettings
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import form as forms
from qt_trade.desktop.view_models import form_words, numbers
from qt_trade.desktop.view_models.form import Form, Source
from qt_trade.model.limits import Strategy
from qt_trade.model.money import to_decimal
from qt_trade.model.presets import PRESETS

STRATEGIES = tuple(Strategy)
STRATEGY = "strategy"
LABELS = {
    STRATEGY: ("Strategy", ""),
    "confidence": ("Least confidence", "%"),
    "buy": ("Least rise to buy", "%"),
    "sell": ("Least fall to sell", "%"),
    "notional": ("Per order", " USD"),
    "shares": ("Most shares per order", ""),
    "stopLoss": ("Stop loss", "%"),
    "takeProfit": ("Take profit", "%"),
}
_NUMBERS = [name for name in LABELS if name != STRATEGY]


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
    if given is None:
        return ConfigView(error=asked.error)
    marks = forms.marked(form, wall)
    hint = objection or (form_words.DECIDE if form.undecided else "")
    return ConfigView(
        known=True,
        strategy_index=STRATEGIES.index(Strategy(form.values.get(STRATEGY, Strategy.BALANCED))),
        values=form.values,
        changed=tuple(form.typed),
        undecided=tuple(form.undecided),
        marked=tuple(marks),
        mark_words=form_words.mark_words(marks, LABELS, desk, wall),
        busy=asked.busy,
        can_apply=bool(form.typed) and not hint and not asked.busy,
        apply_hint=hint,
        words=f"set {form_words.ago(given.at, desk, wall)} ago by {given.by}",
        error=asked.error,
    )


def preset_texts(index: int) -> dict[str, str]:
    """Return a strategy's starting values as the form writes them."""
    preset = PRESETS[STRATEGIES[index]]
    return {
        STRATEGY: STRATEGIES[index].value,
        "confidence": numbers.in_percent(preset.confidence_min),
        "buy": numbers.in_percent(preset.buy_threshold),
        "sell": numbers.in_percent(preset.sell_threshold),
        "notional": f"{to_decimal(preset.order_notional):,.0f}",
        "shares": str(preset.order_shares_max),
        "stopLoss": numbers.in_percent(preset.stop_loss),
        "takeProfit": numbers.in_percent(preset.take_profit),
    }


def texts(settings: TradingSettings | AutoTradingConfig) -> dict[str, str]:
    """Return a configuration as the form writes it."""
    return {
        STRATEGY: settings.strategy.value,
        "confidence": numbers.in_percent(settings.confidence_min),
        "buy": numbers.in_percent(settings.buy_threshold_pct),
        "sell": numbers.in_percent(settings.sell_threshold_pct),
        "notional": f"{settings.order_notional:,.0f}",
        "shares": str(settings.max_position_per_trade),
        "stopLoss": numbers.in_percent(settings.stop_loss_pct),
        "takeProfit": numbers.in_percent(settings.take_profit_pct),
    }


def config_of(
    form: Mapping[str, str], desk: Snapshot, wall: datetime, *, enabled: bool
) -> AutoTradingConfig | str:
    """Return the configuration the form describes, or in words what is wrong with it."""
    if desk.market_status is None:
        return "The feed is not known yet."
    values: dict[str, Decimal] = {}
    for name in _NUMBERS:
        number = numbers.number(form.get(name, ""))
        if number is None:
            return f"{LABELS[name][0]}: a number such as 2.5 is needed."
        values[name] = number
    return AutoTradingConfig(
        ts=wall,
        source="desktop",
        feed=desk.market_status.feed,
        session_id=desk.session_id,
        enabled=enabled,
        strategy=Strategy(form[STRATEGY]),
        confidence_min=numbers.fraction(values["confidence"]),
        buy_threshold_pct=numbers.fraction(values["buy"]),
        sell_threshold_pct=numbers.fraction(values["sell"]),
        order_notional=values["notional"],
        max_position_per_trade=int(values["shares"]),
        stop_loss_pct=numbers.fraction(values["stopLoss"]),
        take_profit_pct=numbers.fraction(values["takeProfit"]),
        updated_by=desk.session_name,
    )
