"""The limits no order may exceed, as a form: what stands in the document, and what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from qt_trade.contract import registry
from qt_trade.contract.payloads.trading import RiskSettings
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import form as forms
from qt_trade.desktop.view_models import form_words, numbers
from qt_trade.desktop.view_models.form import Form, Source

LABELS = {
    "daily_notional_cap": ("Opened per day", " USD"),
    "position_weight_max": ("One symbol, share of account", "%"),
    "position_shares_max": ("One symbol, shares", ""),
    "trades_per_cycle_max": ("Orders per cycle", ""),
    "cash_reserve": ("Cash reserve", " USD"),
    "cooldown_min": ("Cooldown", " min"),
}
_WHOLE = {"position_shares_max", "trades_per_cycle_max", "cooldown_min"}
_FRACTIONS = {"position_weight_max"}


@dataclass(frozen=True, slots=True)
class LimitsView:
    """``changes``: what would be written, in words, for the question before it is."""

    known: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    can_apply: bool = False
    hint: str = ""
    changes: str = ""
    words: str = "The engine has published no limits yet"
    error: str = ""


def source(desk: Snapshot) -> Source | None:
    """Return what the form stands on."""
    given = desk.risk_settings
    if given is None:
        return None
    key = registry.RISK_SETTINGS.key()
    return Source(
        values=_texts(given),
        revision=desk.revisions[key],
        by=given.updated_by,
        at=given.ts,
        arrived=desk.provenances[key].arrived,
        own=given.updated_by == desk.session_name,
    )


def limits_view(
    desk: Snapshot, wall: datetime, form: Form, *, objection: str, error: str, busy: bool
) -> LimitsView:
    """Return the limits for this moment. ``objection``: why they may not be changed."""
    given = source(desk)
    if given is None:
        return LimitsView(error=error)
    marks = forms.marked(form, wall)
    hint = objection or (form_words.DECIDE if form.undecided else "")
    told = form_words.mark_words(marks, LABELS, desk, wall)
    return LimitsView(
        known=True,
        values=form.values,
        changed=tuple(form.typed),
        undecided=tuple(form.undecided),
        marked=tuple(marks),
        can_apply=bool(form.typed) and not hint and not busy,
        hint=hint,
        changes="\n".join(_change(name, text, form) for name, text in form.typed.items()),
        words=told or f"set by {given.by}",
        error=error,
    )


def _change(name: str, text: str, form: Form) -> str:
    label, unit = LABELS[name]
    return f"{label}: {form.base[name]} → {text}{unit}"


def settings_of(values: Mapping[str, str], desk: Snapshot, wall: datetime) -> RiskSettings | str:
    """Return the limits the form describes, or in words what is wrong with them."""
    given = desk.risk_settings
    if desk.market_status is None or given is None:
        return "The feed is not known yet."
    found: dict[str, Decimal] = {}
    for name, (label, _) in LABELS.items():
        number = numbers.number(values.get(name, ""))
        if number is None:
            return f"{label}: a number such as 10 is needed."
        if name in _WHOLE and number != int(number):
            return f"{label}: whole numbers only, such as 10."
        found[name] = number
    # What the form does not show stays as it is.
    return replace(
        given,
        ts=wall,
        source="desktop",
        feed=desk.market_status.feed,
        updated_by=desk.session_name,
        daily_notional_cap=found["daily_notional_cap"],
        position_shares_max=int(found["position_shares_max"]),
        position_weight_max=numbers.fraction(found["position_weight_max"]),
        trades_per_cycle_max=int(found["trades_per_cycle_max"]),
        cash_reserve=found["cash_reserve"],
        cooldown_min=int(found["cooldown_min"]),
    )


def _texts(limits: RiskSettings) -> dict[str, str]:
    return {name: _text(name, getattr(limits, name)) for name in LABELS}


def _text(name: str, value: Decimal | float) -> str:
    if name in _FRACTIONS:
        return numbers.in_percent(float(value))
    return numbers.grouped(value)
