"""One limit of one document, changed by a person: its text, its direction, the new document."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document
from qt_trade.contract.payloads.base import WrongFieldError
from qt_trade.contract.payloads.frontend import PortfolioSettings
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import numbers

LOOSE_AFTER_S = 60
"""So long the backend lets a looser limit wait."""
EXCLUDED = "excluded_symbols"
POSITIONS_MAX = 20
"""Where the limits do not say it: as many as the first version of them allows."""
_FIELDS_OF: dict[Document[Any], str] = {
    registry.RISK_SETTINGS: "risk_settings",
    registry.TRADING_CONFIG: "trading_config",
    registry.PORTFOLIO_SETTINGS: "portfolio_settings",
}
_DOCUMENTS = {document.key(): document for document in _FIELDS_OF}
_FLOORS = frozenset({"cash_reserve", "cooldown_min", "skip_first_min", "skip_last_min"})
"""Limits that hold more back the larger they are."""
_UNITS = {"_min": "min", "_bp": "bp"}


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of a document as it stood when a person began to change it."""

    key: str
    field: str
    value: Any
    revision: int

    @property
    def unit(self) -> str:
        """What its number is of."""
        if isinstance(self.value, Decimal):
            return "USD"
        if isinstance(self.value, float):
            return "%"
        return next((unit for end, unit in _UNITS.items() if self.field.endswith(end)), "")

    @property
    def text(self) -> str:
        """Return the value as a field shows it."""
        if isinstance(self.value, float):
            return numbers.in_percent(self.value)
        return numbers.grouped(self.value)


def setting_of(desk: Snapshot, key: str, field: str) -> Setting | None:
    """Return where a limit stands; None where it is no number of a document that is there."""
    document = _DOCUMENTS.get(key)
    given = None if document is None else getattr(desk, _FIELDS_OF[document])
    value = getattr(given, field, None)
    if isinstance(value, bool) or not isinstance(value, Decimal | float | int):
        return None
    return Setting(key, field, value, desk.revisions.get(key, 0))


def typed_value(setting: Setting, text: str) -> Decimal | float | int | str:
    """Return what was typed as the field takes it, or in words what is wrong with it."""
    number = numbers.number(text)
    if number is None:
        return "A number such as 10 is needed."
    if isinstance(setting.value, float):
        share = numbers.fraction(number)
        return share if share <= 1 else "A share is 100% at most."
    if isinstance(setting.value, Decimal):
        return number
    return int(number) if number == int(number) else "Whole numbers only, such as 10."


def is_looser(setting: Setting, value: Decimal | float) -> bool:
    """Return whether a value holds less back than the one in the document."""
    before, now = Decimal(str(setting.value)), Decimal(str(value))
    return now < before if setting.field in _FLOORS else now > before


def document_with(
    desk: Snapshot, key: str, changes: dict[str, Any], wall: datetime
) -> tuple[Document[Any], Any] | str:
    """Return a document with some fields changed, signed by this desk, or why there is none."""
    document = _DOCUMENTS.get(key)
    given = None if document is None else getattr(desk, _FIELDS_OF[document])
    if document is registry.PORTFOLIO_SETTINGS and given is None:
        given = _neutral(desk, wall)
    if document is None or given is None or desk.market_status is None:
        return f"{key} has not been written yet."
    signed = {
        "ts": wall,
        "source": "desktop",
        "feed": desk.market_status.feed,
        "updated_by": desk.session_name,
        "session_id": desk.session_id,
    }
    own = {name: value for name, value in signed.items() if hasattr(given, name)}
    try:
        return document, msgspec.structs.replace(given, **own, **changes)
    except WrongFieldError as wrong:
        return f"{wrong}."


def _neutral(desk: Snapshot, wall: datetime) -> PortfolioSettings | None:
    """Return a first version that holds back what the limits do, and nothing else."""
    limits, status = desk.risk_settings, desk.market_status
    if limits is None or status is None:
        return None
    return PortfolioSettings(
        ts=wall,
        source="desktop",
        feed=status.feed,
        session_id=desk.session_id,
        target_diversification=limits.positions_max or POSITIONS_MAX,
        max_position_pct=limits.position_weight_max,
        rebalance_enabled=False,
        rebalance_threshold=0.05,
        preferred_sectors=(),
        excluded_symbols=(),
        cash_reserve=limits.cash_reserve,
        updated_by=desk.session_name,
    )
