"""Which limit counts where several documents name one: always the strictest."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from qt_trade.model.limits import RiskLimits, Setting

Value = Any
"""A limit's value, of the type its field has in ``RiskLimits``."""


@dataclass(frozen=True, slots=True)
class NamedLimit:
    """A limit as a document beside ``risk_settings`` names it. ``name``: its field there."""

    name: str
    value: Value
    setting: Setting


def _lower(value: Value, than: Value) -> bool:
    """Return whether a ceiling is lower; none at all is the highest."""
    return value is not None and (than is None or value < than)


def _higher(value: Value, than: Value) -> bool:
    return bool(value > than)


def _more(value: Value, than: Value) -> bool:
    return bool(value - than)


_FLOORS = {"cash_reserve", "cooldown_min", "skip_first_min", "skip_last_min"}
_FREE = {"preferred_sectors", "settings"}
"""What holds no order back, so that no value of it is stricter than another."""


def stricter(name: str, value: Value, than: Value) -> bool:
    """Return whether a value of a limit forbids something that another allows."""
    if name in _FREE:
        return False
    compare: Callable[[Value, Value], bool] = _lower
    if name in _FLOORS:
        compare = _higher
    elif name == "excluded":
        compare = _more
    return compare(value, than)


def effective_limits(own: RiskLimits, named: Iterable[NamedLimit]) -> RiskLimits:
    """Return ``risk_settings`` with every limit that another document holds more strictly.

    Excluded symbols and preferred sectors add up. ``settings`` of the result says where each
    limit was named.
    """
    values: dict[str, Value] = {}
    settings = dict(own.settings)
    for one in named:
        there = values.get(one.name, getattr(own, one.name))
        if one.name in {"excluded", "preferred_sectors"}:
            values[one.name] = there | one.value
        elif stricter(one.name, one.value, there):
            values[one.name] = one.value
        else:
            continue
        if one.value:
            settings[one.name] = one.setting
        else:
            settings.setdefault(one.name, one.setting)
    return replace(own, **values, settings=settings)
