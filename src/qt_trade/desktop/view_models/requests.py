"""What a person asks for, as payloads of the contract."""

import random
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from qt_trade.contract.asking import Asker, preset_config
from qt_trade.contract.payloads.base import Frontend
from qt_trade.contract.payloads.commands import CancelOrder, Emergency, EmergencyAction
from qt_trade.contract.payloads.sessions import (
    DeclineTakeover,
    ReleaseControl,
    RevokeSession,
    TakeControl,
)
from qt_trade.contract.payloads.trading import AutoTradingConfig, TradingSettings
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.presets import TradingPolicy

A = TypeVar("A", TakeControl, ReleaseControl, DeclineTakeover)


class Requests:
    """Builds them with ids that are never used twice."""

    def __init__(self, desk: Snapshot, rng: random.Random) -> None:
        self._desk, self._rng = desk, rng

    def command_id(self) -> str:
        """Return a new id; the same request sent again keeps its id."""
        return f"{self._desk.session_id}:{self._rng.getrandbits(64):016x}"

    def stamp(self, wall: datetime) -> dict[str, Any]:
        """Return what every wish of a frontend carries; ``feed`` is None while it is not known."""
        status = self._desk.market_status
        return {
            "ts": wall,
            "source": "desktop",
            "feed": None if status is None else status.feed,
            "session_id": self._desk.session_id,
            "command_id": self.command_id(),
        }

    def emergency(
        self, action: Emergency, reason: str, wall: datetime, how: str
    ) -> EmergencyAction:
        """Return an emergency action a person confirmed. ``how``: by which control.

        It is never held back for want of the feed's name.
        """
        stamp = self.stamp(wall)
        return EmergencyAction(**stamp, action=action, reason=reason, confirmed=True, how=how)

    def cancel(self, order_id: str, wall: datetime) -> CancelOrder | None:
        """Return the wish to cancel an order; None while the feed is not known."""
        if self._desk.market_status is None:
            return None
        return CancelOrder(**self.stamp(wall), order_id=order_id)

    def take(self, wall: datetime) -> TakeControl | None:
        """Return the wish for the AutoTrading control; None while the feed is not known."""
        return self._action(TakeControl, wall)

    def release(self, wall: datetime) -> ReleaseControl | None:
        """Return the wish to hand the control over; None while the feed is not known."""
        return self._action(ReleaseControl, wall)

    def decline(self, wall: datetime) -> DeclineTakeover | None:
        """Return the wish to keep the control; None while the feed is not known."""
        return self._action(DeclineTakeover, wall)

    def _action(self, action: type[A], wall: datetime) -> A | None:
        if self._desk.market_status is None:
            return None
        return action(**self.stamp(wall))

    def revoke(self, session_id: str, reason: str, wall: datetime) -> RevokeSession | None:
        """Return the wish to log another session out; None while the feed's name is not known."""
        if self._desk.market_status is None:
            return None
        return RevokeSession(**self.stamp(wall), target=session_id, reason=reason)

    def trading(
        self,
        feed: FeedKind,
        wall: datetime,
        *,
        enabled: bool,
        policy: TradingPolicy | None = None,
    ) -> AutoTradingConfig:
        """Return the configuration as it was set, or the balanced preset, switched on or off.

        ``policy``: another one than is set; None leaves it.
        """
        desk = self._desk
        settings = desk.config or desk.trading_settings
        if settings is None:
            asker = Asker(wall, "desktop", feed, desk.session_id, desk.session_name)
            return preset_config(Strategy.BALANCED, asker, enabled=enabled)
        config = AutoTradingConfig(
            ts=wall,
            source="desktop",
            feed=feed,
            session_id=desk.session_id,
            enabled=enabled,
            updated_by=desk.session_name,
            **chosen_in(settings),
        )
        return config if policy is None else msgspec.structs.replace(config, policy=policy)


def chosen_in(settings: AutoTradingConfig | TradingSettings) -> dict[str, Any]:
    """Return what a person chose, by the configuration's names: what is not changed goes with it."""
    own = {*Frontend.__struct_fields__, "enabled", "updated_by"}
    names = set(AutoTradingConfig.__struct_fields__) - own
    return {name: getattr(settings, name) for name in names}
