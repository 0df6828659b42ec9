"""What ``qtrade up`` itself does on the bus: a session, AutoTrading on request, the feed in words."""

import asyncio
import contextlib
import getpass
import os
import socket
from collections.abc import Callable

from qt_trade import __version__
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.payloads.market import FeedState, MarketStatus
from qt_trade.contract.payloads.sessions import Session, SessionRole
from qt_trade.contract.payloads.trading import AutoTradingConfig, AutoTradingStatus, TradingStatus
from qt_trade.kit.clock import Clock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.money import to_decimal
from qt_trade.model.presets import PRESETS
from qt_trade.roles.supervision.errors import SupervisionError

STARTED_S = 15.0


class AutoTradeError(SupervisionError):
    """AutoTrading was asked for and did not start."""


class Operator:
    """A frontend without a window."""

    def __init__(self, bus: Bus, wall: Clock, feed: FeedKind, say: Callable[[str], None]) -> None:
        self._bus = bus
        self._wall = wall
        self._feed = feed
        self._say = say
        self._said = ""
        now = wall.now()
        self._session = Session(
            session_id=f"up-{os.getpid()}",
            name="up",
            user=getpass.getuser(),
            host=socket.gethostname()[:80],
            role=SessionRole.TRADER,
            version=__version__,
            opened_at=now,
            heartbeat=now,
        )
        self._beat: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Open the session, and tell of the feed from now on."""
        await self._bus.watch(registry.MARKET_STATUS, self._on_status)
        await self._bus.write(registry.SESSION, self._session, self._session.session_id)
        self._beat = asyncio.create_task(self._keep_alive())

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(registry.HEARTBEAT_S)
            with contextlib.suppress(DisconnectedError):
                await self._bus.write(registry.SESSION, self._session, self._session.session_id)

    def _on_status(self, change: Change[MarketStatus]) -> None:
        status = change.value
        if status is None:
            return
        words = f"{status.feed}: {status.feed_source}: {status.feed_words}"
        if status.feed_state is FeedState.NO_DATA and status.feed is FeedKind.REAL_TIME:
            words += (
                ". It keeps trying. Without a network: --feed simulation, "
                "or --feed replay --from FILE"
            )
        if words != self._said:
            self._said = words
            self._say(words)

    async def start_autotrading(self, strategy: Strategy) -> None:
        """Switch AutoTrading on with a preset; return once the engine runs it.

        Raises AutoTradeError with the engine's reason.
        """
        preset = PRESETS[strategy]
        config = AutoTradingConfig(
            ts=self._wall.now(),
            source="up",
            feed=self._feed,
            session_id=self._session.session_id,
            enabled=True,
            strategy=strategy,
            confidence_min=preset.confidence_min,
            buy_threshold_pct=preset.buy_threshold,
            sell_threshold_pct=preset.sell_threshold,
            order_notional=to_decimal(preset.order_notional),
            max_position_per_trade=preset.order_shares_max,
            stop_loss_pct=preset.stop_loss,
            take_profit_pct=preset.take_profit,
            updated_by=self._session.user,
        )
        started = asyncio.Event()
        reasons: list[str] = []

        def on_status(change: Change[TradingStatus]) -> None:
            if change.value is not None:
                reasons.append(change.value.last_error or change.value.emergency_words)
                if change.value.active:
                    started.set()

        topic = await self._bus.watch(registry.TRADING_STATUS, on_status)
        await self._bus.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
        await self._bus.write(registry.AUTOTRADING_ENABLED, config)
        try:
            async with asyncio.timeout(STARTED_S):
                await started.wait()
        except TimeoutError:
            why = next((reason for reason in reversed(reasons) if reason), "the engine is silent")
            raise AutoTradeError(f"AutoTrading did not start: {why}") from None
        finally:
            await self._bus.unwatch(topic)
        self._say(f"AutoTrading runs: {strategy}, PAPER")

    async def close(self) -> None:
        """End the session."""
        if self._beat is not None:
            self._beat.cancel()
        with contextlib.suppress(DisconnectedError):
            await self._bus.delete(registry.SESSION, self._session.session_id)
        await self._bus.close()
