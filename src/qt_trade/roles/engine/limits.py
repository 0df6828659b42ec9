"""The risk limits in force: taken from ``risk_settings``, and kept when that document is lost."""

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import ConflictError, DisconnectedError
from qt_trade.contract.payloads.trading import RiskSettings
from qt_trade.kit.logs import get_logger
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.status import Board
from qt_trade.settings import RiskDefaults
from qt_trade.trading.engine_core import EngineCore

RETRY_S = 0.25


class LimitsDesk:
    """Follows the document; a missing one is written again as it was last known.

    A damaged one opens nothing until a person mends it: nobody guesses at limits.
    """

    def __init__(
        self,
        bus: Bus,
        core: EngineCore,
        board: Board,
        stamp: Stamp,
        first: RiskDefaults,
        changed: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._core = core
        self._board = board
        self._stamp = stamp
        self._first = first
        self._changed = changed
        self._known: RiskSettings | None = None
        self._missing_since: int | None = None
        self._missing = asyncio.Event()
        self.settled = asyncio.Event()
        """Set once it is known which limits hold, or that none do."""
        self._log = get_logger()

    def on_change(self, change: Change[RiskSettings]) -> None:
        """Take the document's present state."""
        self._missing_since = None
        if change.value is not None:
            self._known = change.value
            self._core.on_limits(requests.risk_limits(change.value))
            self._board.trouble("limits", None)
        elif change.error is not None:
            self._core.on_limits(None)
            self._board.trouble("limits", f"nothing is opened: {change.error}")
        else:
            self._missing_since = change.revision
            self._missing.set()
            return
        self.settled.set()
        self._changed()

    async def run(self) -> None:
        """Write what is missing until cancelled."""
        while True:
            await self._missing.wait()
            self._missing.clear()
            try:
                await self._write_again()
            except DisconnectedError:
                await asyncio.sleep(RETRY_S)
                self._missing.set()

    async def _write_again(self) -> None:
        revision = self._missing_since
        if revision is None:
            return
        now = self._stamp.wall.now()
        again = self._first_limits() if self._known is None else replace(self._known, ts=now)
        try:
            await self._bus.write(registry.RISK_SETTINGS, again, expect=revision)
        except ConflictError:
            return  # somebody wrote meanwhile, and the watch tells what
        self._log.info("limits.written", updated_by=again.updated_by)

    def _first_limits(self) -> RiskSettings:
        first = self._first
        return RiskSettings(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            updated_by=SOURCE,
            daily_notional_cap=first.daily_notional_cap,
            position_shares_max=first.position_shares_max,
            position_weight_max=first.position_weight_max,
            trades_per_cycle_max=first.trades_per_cycle_max,
            cash_reserve=first.cash_reserve,
            cooldown_min=first.cooldown_min,
        )
