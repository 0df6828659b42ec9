"""What a person asks for, as payloads of the contract."""

import random
from datetime import datetime
from typing import TypeVar

from qt_trade.contract.asking import Asker, preset_config
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

A = TypeVar("A", TakeControl, ReleaseControl, DeclineTakeover)


class Requests:
    """Builds them with ids that are never used twice."""

    def __init__(self, desk: Snapshot, rng: random.Random) -> None:
        self._desk, self._rng = desk, rng

    def command_id(self) -> str:
        """Return a new id; the same request sent again keeps its id."""
        return f"{self._desk.session_id}:{self._rng.getrandbits(64):016x}"

    def emergency(
        self, action: Emergency, reason: str, wall: datetime, how: str
    ) -> EmergencyAction:
        """Return an emergency action a person confirmed. ``how``: by which control.

        It is never held back for want of the feed's name.
        """
        status = self._desk.market_status
        return EmergencyAction(
            ts=wall,
            source="desktop",
            feed=None if status is None else status.feed,
            session_id=self._desk.session_id,
            command_id=self.command_id(),
            action=action,
            reason=reason,
            confirmed=True,
            how=how,
        )

    def cancel(self, order_id: str, feed: FeedKind, wall: datetime) -> CancelOrder:
        """Return the wish to cancel an order."""
        return CancelOrder(
            ts=wall,
            source="desktop",
            feed=feed,
            session_id=self._desk.session_id,
            command_id=self.command_id(),
            order_id=order_id,
        )

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
        status = self._desk.market_status
        if status is None:
            return None
        return action(
            ts=wall,
            source="desktop",
            feed=status.feed,
            session_id=self._desk.session_id,
            command_id=self.command_id(),
        )

    def revoke(self, session_id: str, reason: str, wall: datetime) -> RevokeSession | None:
        """Return the wish to log another session out; None while the feed's name is not known."""
        status = self._desk.market_status
        if status is None:
            return None
        return RevokeSession(
            ts=wall,
            source="desktop",
            feed=status.feed,
            session_id=self._desk.session_id,
            command_id=self.command_id(),
            target=session_id,
            reason=reason,
        )

    def trading(self, feed: FeedKind, wall: datetime, *, enabled: bool) -> AutoTradingConfig:
        """Return the configuration as it was set, or the balanced preset, switched on or off."""
        settings = self._desk.config or self._desk.trading_settings
        if settings is None:
            desk = self._desk
            asker = Asker(wall, "desktop", feed, desk.session_id, desk.session_name)
            return preset_config(Strategy.BALANCED, asker, enabled=enabled)
        return self._in_force(settings, feed, wall, enabled=enabled)

    def _in_force(
        self,
        settings: AutoTradingConfig | TradingSettings,
        feed: FeedKind,
        wall: datetime,
        *,
        enabled: bool,
    ) -> AutoTradingConfig:
        return AutoTradingConfig(
            ts=wall,
            source="desktop",
            feed=feed,
            session_id=self._desk.session_id,
            enabled=enabled,
            strategy=settings.strategy,
            confidence_min=settings.confidence_min,
            buy_threshold_pct=settings.buy_threshold_pct,
            sell_threshold_pct=settings.sell_threshold_pct,
            order_notional=settings.order_notional,
            max_position_per_trade=settings.max_position_per_trade,
            stop_loss_pct=settings.stop_loss_pct,
            take_profit_pct=settings.take_profit_pct,
            updated_by=self._desk.session_name,
        )
