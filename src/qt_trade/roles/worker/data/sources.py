"""The providers of market data a worker asks, and the budgets all workers share."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from qt_trade.contract.quotas import RedisQuotas
from qt_trade.kit.clock import Clock
from qt_trade.market.calendar import Sessions
from qt_trade.market.provider import Provider
from qt_trade.market.thrift import ThriftyLedger
from qt_trade.model.quotas import LedgerAwayError, Limit
from qt_trade.settings import Settings
from qt_trade.wiring.providers import configured, known_specs, make_providers, open_ledger


@dataclass(frozen=True, slots=True)
class Sources:
    """The providers a person has keys for, by name.

    ``background``: the same for whoever asks for anything but prices: he gets a share of each day.
    """

    ledger: RedisQuotas
    providers: Mapping[str, Provider]
    background: Mapping[str, Provider]

    @classmethod
    async def open(cls, settings: Settings, wall: Clock, sessions: Sessions) -> Self:
        """Make them. Raises SettingsError that names what is wrong."""
        found = configured(settings, known_specs())
        ledger = open_ledger(settings)
        # A worker streams nothing: no stream of its can be mute.
        providers = make_providers(found, ledger, wall, lambda: True)
        for name in providers:
            with suppress(LedgerAwayError):
                # Its key may be another one than the one that was refused.
                await ledger.forget(name)
        scarce = [one for one in found if any(_is_scarce(limit) for limit in one.plan.limits)]
        thrifty = ThriftyLedger(ledger, sessions)
        background = providers | make_providers(scarce, thrifty, wall, lambda: True)
        return cls(ledger, providers, background)

    async def close(self) -> None:
        """Let go of connections and threads."""
        both = {*self.providers.values(), *self.background.values()}
        closing = (provider.close() for provider in both)
        await asyncio.gather(*closing, return_exceptions=True)
        await self.ledger.close()


def _is_scarce(limit: Limit) -> bool:
    """Tell whether a limit is one of the calendar's: what is spent in the morning is gone."""
    return limit.window.sliding is None
