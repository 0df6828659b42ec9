"""The ledger as history, look-ups and company figures see it: what prices need stays untouched."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from qt_trade.market.calendar import Sessions
from qt_trade.market.gate import QuotaLedger
from qt_trade.market.planner import RESERVE
from qt_trade.model.quotas import Limit, QuotaState, Window


class SharingLedger(QuotaLedger, Protocol):
    """A ledger that can hold some of those who ask to windows of their own."""

    async def take(
        self,
        provider: str,
        limits: Sequence[Limit],
        cost: int,
        now: datetime,
        apart: Sequence[Limit] = (),
    ) -> timedelta:
        """Take out of the provider's windows and out of those ``apart``, or out of none."""
        ...


class ThriftyLedger:
    """On a day on which the exchange trades, RESERVE of the day's budget; of the month's always.

    On other days all of the day's: nobody else asks. What is taken counts for all, as ever.
    """

    def __init__(self, ledger: SharingLedger, sessions: Sessions) -> None:
        self._ledger = ledger
        self._sessions = sessions
        self.pause = ledger.pause
        self.told = ledger.told
        self.succeeded = ledger.succeeded
        self.failed = ledger.failed
        self.refused = ledger.refused
        self.claim = ledger.claim

    async def take(
        self, provider: str, limits: Sequence[Limit], cost: int, now: datetime
    ) -> timedelta:
        """Take out of what is not the prices'.

        A single call may cost more than the share is; then it is the share.
        """
        held = [limit for limit in limits if self._holds(limit, now)]
        apart = [Limit(max(cost, math.ceil(one.count * RESERVE)), one.window) for one in held]
        return await self._ledger.take(provider, limits, cost, now, apart)

    async def state(self, provider: str, limits: Sequence[Limit], now: datetime) -> QuotaState:
        """Return the provider's budget, which is all processes'."""
        return await self._ledger.state(provider, limits, now)

    def _holds(self, limit: Limit, now: datetime) -> bool:
        if limit.window is Window.MONTH:
            return True
        return limit.window is Window.DAY and self._trades(now)

    def _trades(self, now: datetime) -> bool:
        """Tell whether prices are asked for on this day, be it New York's or UTC's."""
        noon = now.astimezone(UTC).replace(hour=17, minute=0)
        return any(self._sessions.session_of(at) is not None for at in (now, noon))
