"""Real time: the configured providers behind one source of prices that confirm each other."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from qt_trade.contract.quotas import RedisQuotas
from qt_trade.kit.clock import Clock
from qt_trade.market.calendar import Sessions
from qt_trade.market.evidence import Policy
from qt_trade.market.listings import Listings
from qt_trade.market.provider import Capability, Timeliness
from qt_trade.market.realtime import RealtimeParts, RealtimeSource
from qt_trade.model.symbols import Symbol
from qt_trade.settings import ConsensusSettings, Settings
from qt_trade.storage.database import Database
from qt_trade.storage.instruments import InstrumentStore
from qt_trade.wiring.listings import make_listings
from qt_trade.wiring.providers import (
    Configured,
    configured,
    known_specs,
    make_providers,
    open_ledger,
)

HINT = (
    "set QTRADE_PROVIDERS__FINNHUB__KEY or QTRADE_PROVIDERS__ALPACA__KEY (both are free), "
    "or QTRADE_CONSENSUS__QUORUM=1 for simulated money"
)
_PRICES = {Capability.QUOTE, Capability.BATCH_QUOTE, Capability.STREAM}


@dataclass(frozen=True, slots=True)
class RealMarket:
    """Real time as it was made: the source, who it asks, and the budgets they share."""

    source: RealtimeSource
    configured: Sequence[Configured]
    ledger: RedisQuotas
    listings: Listings
    database: Database

    async def close(self) -> None:
        """Let go of all connections."""
        await self.source.close()
        await self.ledger.close()
        await self.database.close()


def make_real_market(settings: Settings, sessions: Sessions, wall: Clock) -> RealMarket:
    """Return real time over every provider that can be asked. Raises SettingsError."""
    found = configured(settings, known_specs())
    ledger = open_ledger(settings)
    providers = make_providers(found, ledger, wall, lambda: not sessions.is_open(wall.now()))
    policy = policy_of(settings.consensus)
    parts = RealtimeParts(
        providers=providers,
        sessions=sessions,
        policy=policy,
        wall=wall,
        sleep=asyncio.sleep,
        rng=random.SystemRandom(),
        hint=HINT if counted(found) < policy.quorum else "",
    )
    symbols = [Symbol(text) for text in settings.feed.symbols]
    database = Database(settings.database(), name="streamer", pool_size=1)
    listings = make_listings(providers, InstrumentStore(database), wall)
    return RealMarket(RealtimeSource(symbols, parts), found, ledger, listings, database)


def policy_of(settings: ConsensusSettings) -> Policy:
    """Return when a price is believed."""
    return Policy(settings.quorum, settings.tolerance_bp, settings.max_age)


def counted(found: Sequence[Configured]) -> int:
    """Return how many providers there are whose prices can confirm each other's."""
    return sum(
        not one.missing
        and one.plan.timeliness is Timeliness.REAL_TIME
        and bool(one.plan.capabilities & _PRICES)
        for one in found
    )
