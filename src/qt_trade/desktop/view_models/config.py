"""The configuration to trade with: what stands in the document, and what the form says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from qt_trade.contract import registry
from qt_trade.contract.payloads.base import WrongFieldError
from qt_trade.contract.payloads.trading import AutoTradingConfig, TradingSettings
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import form as forms
from qt_trade.desktop.view_models import form_words, numbers, words
from qt_trade.desktop.view_models.form import Form, Source
from qt_trade.model.limits import Strategy
from qt_trade.model.money import to_decimal
from qt_trade.model.presets import PRESETS, TradingPolicy

STRATEGIES = tuple(Strategy)
POLICIES = tuple(TradingPolicy)
STRATEGY, POLICY, PARTS, AT_BROKER = "strategy", "policy", "parts", "atBroker"
_YES = "yes"
LABELS = {
    STRATEGY: ("Strategy", ""),
    "confidence": ("Least confidence", "%"),
    "buy": ("Least rise to buy", "%"),
    "sell": ("Least fall to sell", "%"),
    "notional": ("Per order", " USD"),
    "shares": ("Most shares per order", ""),
    "stopLoss": ("Stop loss", "%"),
    "takeProfit": ("Take profit", "%"),
    "skipFirst": ("Nothing opens in the first", " min"),
    "skipLast": ("Nothing opens in the last", " min"),
    POLICY: ("Policy", ""),
    PARTS: ("Parts of shares", ""),
    AT_BROKER: ("Exits at the broker", ""),
}
_WORDS = {STRATEGY, POLICY, PARTS, AT_BROKER}
_NUMBERS = [name for name in LABELS if name not in _WORDS]
_WHOLE = {"shares", "skipFirst", "skipLast"}
_NAMES = {
    "strategy": STRATEGY,
    "confidence_min": "confidence",
    "buy_threshold_pct": "buy",
    "sell_threshold_pct": "sell",
    "order_notional": "notional",
    "max_position_per_trade": "shares",
    "stop_loss_pct": "stopLoss",
    "take_profit_pct": "takeProfit",
    "skip_first_min": "skipFirst",
    "skip_last_min": "skipLast",
    "policy": POLICY,
    "fractional": PARTS,
    "exits_at_broker": AT_BROKER,
}
"""The form's field for each of the configuration's that has one."""


@dataclass(frozen=True, slots=True)
class ConfigView:
    """``values``: what stands in the form's fields, as text (percentages in per cent).

    ``changed``, ``undecided`` and ``marked``: names of fields that were typed in here, of those
    that another changed meanwhile, and of those that another changed a moment ago.
    """

    known: bool = False
    strategy_index: int = 1
    policy_index: int = 0
    parts: bool = False
    at_broker: bool = False
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
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """The form and what became of the last wish to apply it. ``at``: the field that was wrong."""

    form: Form = field(default_factory=Form)
    error: str = ""
    at: str = ""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Wrong:
    """The field that is wrong, empty for none in particular, and why."""

    at: str
    words: str


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
        policy_index=POLICIES.index(TradingPolicy(form.values.get(POLICY, POLICIES[0]))),
        parts=form.values.get(PARTS) == _YES,
        at_broker=form.values.get(AT_BROKER) == _YES,
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
        error=asked.error or _objection(desk),
        errors=_errors(desk, asked),
    )


def _errors(desk: Snapshot, asked: Asked) -> dict[str, str]:
    if asked.at:
        return {asked.at: asked.error}
    found = desk.autotrading_error
    if found is None or found.key != registry.AUTOTRADING_ENABLED.key():
        return {}
    name = _NAMES.get(found.path.removeprefix("$."))
    return {} if name is None else {name: found.reason}


def _objection(desk: Snapshot) -> str:
    """Return what stands in AutoTrading's way, with the label of the field where it has one."""
    found = desk.autotrading_error
    if found is None:
        return ""
    name = _NAMES.get(found.path.removeprefix("$."))
    if name is None:
        return words.prose(found.reason)
    return f"{LABELS[name][0]}: {words.prose(found.reason).removeprefix('Is ')}"


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
        "skipFirst": str(settings.skip_first_min),
        "skipLast": str(settings.skip_last_min),
        POLICY: settings.policy.value,
        PARTS: _YES if settings.fractional else "no",
        AT_BROKER: _YES if settings.exits_at_broker else "no",
    }


def yes_or_no(*, chosen: bool) -> str:
    """Return a choice as the form writes it."""
    return _YES if chosen else "no"


def config_of(
    form: Mapping[str, str], desk: Snapshot, wall: datetime, *, enabled: bool
) -> AutoTradingConfig | Wrong:
    """Return the configuration the form describes, or in words what is wrong with it, and where."""
    if desk.market_status is None:
        return Wrong("", "The feed is not known yet.")
    values: dict[str, Decimal] = {}
    for name in _NUMBERS:
        number = numbers.number(form.get(name, ""))
        if number is None:
            return Wrong(name, f"{LABELS[name][0]}: a number such as 2.5 is needed.")
        if name in _WHOLE and number != int(number):
            return Wrong(name, f"{LABELS[name][0]}: whole numbers only, such as 10.")
        values[name] = number
    try:
        return _config(form, values, desk, wall, enabled=enabled)
    except WrongFieldError as error:
        name = _NAMES.get(error.field, "")
        return Wrong(name, f"{LABELS[name][0] if name else error.field}: {error.words}.")


def _config(
    form: Mapping[str, str],
    values: Mapping[str, Decimal],
    desk: Snapshot,
    wall: datetime,
    *,
    enabled: bool,
) -> AutoTradingConfig:
    given = desk.config or desk.trading_settings
    assert desk.market_status is not None  # noqa: S101  # config_of has looked
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
        skip_first_min=int(values["skipFirst"]),
        skip_last_min=int(values["skipLast"]),
        policy=TradingPolicy(form[POLICY]),
        fractional=form[PARTS] == _YES,
        exits_at_broker=form[AT_BROKER] == _YES,
        own_strategy="" if given is None else given.own_strategy,
        updated_by=desk.session_name,
    )
