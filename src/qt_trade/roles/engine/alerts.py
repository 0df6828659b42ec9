"""The alerts that hold: one per condition, from its beginning to its end."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.contract.payloads.health import Alert, AlertsActive
from qt_trade.roles.engine.conditions import Condition
from qt_trade.roles.engine.documents import SOURCE, Stamp


class Alerts:
    """Remembers since when each condition holds."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._begun: dict[str, datetime] = {}
        self._before: dict[str, datetime] = {}
        self._told: dict[str, Alert] = {}

    def remember(self, before: AlertsActive) -> None:
        """Take over since when each held before this engine's life."""
        self._before = {alert.alert_id: alert.triggered_at for alert in before.alerts}

    def hold(self, holding: Iterable[Condition]) -> tuple[Condition, ...]:
        """Take what holds now; return those that have held for long enough to be told."""
        now = self._stamp.wall.now()
        present = {condition.key: condition for condition in holding}
        self._begun = {
            key: self._begun.get(key) or self._first_seen(condition) or now
            for key, condition in present.items()
        }
        self._before.clear()
        worth = {
            key: condition
            for key, condition in present.items()
            if now - self._begun[key] >= timedelta(seconds=condition.holds_s)
        }
        self._told = {key: self._alert(condition) for key, condition in worth.items()}
        return tuple(worth.values())

    def _first_seen(self, condition: Condition) -> datetime | None:
        # What has to hold for a while is waited for anew: its beginning may be another run's.
        before = None if condition.holds_s else self._before.get(condition.key)
        return before or condition.since

    def document(self) -> AlertsActive:
        """Return ``backend:alerts_active``."""
        alerts = sorted(self._told.values(), key=lambda alert: alert.triggered_at)
        return AlertsActive(
            ts=self._stamp.wall.now(), source=SOURCE, feed=self._stamp.feed, alerts=tuple(alerts)
        )

    def _alert(self, condition: Condition) -> Alert:
        return Alert(
            alert_id=condition.key,
            type=condition.type,
            severity=condition.severity,
            symbol=condition.symbol,
            title=condition.title,
            message=condition.message[:WORDS_LENGTH_MAX],
            triggered_at=self._begun[condition.key],
            acknowledged=False,
            auto_dismiss=True,
            expires_at=None,
            action_required=condition.action,
        )
