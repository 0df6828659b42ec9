"""What a symbol stands for: remembered, or asked of the providers one after the other."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from qt_trade.kit.clock import Clock
from qt_trade.market.errors import BadAnswerError, MarketDataError, UnknownSymbolError
from qt_trade.market.provider import Capability, Provider
from qt_trade.model.instruments import Listing
from qt_trade.model.symbols import Symbol

ASKED_FIRST = ("alpaca", "finnhub", "twelvedata", "fmp", "marketstack")
"""The broker's own list goes before others'; Yahoo, without a promise, is asked last."""


class UncheckedError(MarketDataError):
    """Nobody could say whether there is such a symbol. ``alone``: of others they may well."""

    def __init__(self, words: str, *, alone: bool) -> None:
        super().__init__(words)
        self.alone = alone


class ListingMemory(Protocol):
    """Keeps what was said for the next start. Neither method raises: what is lost is asked again."""

    async def known(self, symbols: Collection[Symbol]) -> Mapping[Symbol, Listing]:
        """Return what is remembered."""
        ...

    async def remember(self, listing: Listing) -> None:
        """Keep a word."""
        ...


class Listings:
    """Asks those providers that look symbols up, and remembers what they say."""

    def __init__(
        self, providers: Mapping[str, Provider], memory: ListingMemory, wall: Clock
    ) -> None:
        self._memory = memory
        self._wall = wall
        self._asked = [
            providers[name]
            for name in sorted(providers, key=_turn)
            if Capability.LOOKUP in providers[name].plan.capabilities
        ]

    async def known(self, symbols: Collection[Symbol]) -> Mapping[Symbol, Listing]:
        """Return what was said of symbols before; nobody is asked."""
        return await self._memory.known(symbols)

    async def ask(self, symbol: Symbol) -> Listing:
        """Ask until somebody knows it; who does not may be wrong, and does not end the asking.

        Raises UncheckedError when nobody could answer.
        """
        denied: list[str] = []
        failed: list[MarketDataError] = []
        for provider in self._asked:
            title = provider.spec.title
            try:
                found = await provider.lookup(symbol)
            except UnknownSymbolError:
                denied.append(title)
            except MarketDataError as error:
                failed.append(error)
            else:
                return await self._remembered(Listing(symbol, found, title, self._wall.now()))
        if not denied:
            raise _unchecked(failed)
        said_by = " and ".join(denied)
        return await self._remembered(Listing(symbol, None, said_by, self._wall.now()))

    async def _remembered(self, listing: Listing) -> Listing:
        await self._memory.remember(listing)
        return listing


def _turn(name: str) -> tuple[int, str]:
    return (ASKED_FIRST.index(name) if name in ASKED_FIRST else len(ASKED_FIRST), name)


def _unchecked(failed: Sequence[MarketDataError]) -> UncheckedError:
    if not failed:
        return UncheckedError("no provider that looks symbols up is set up", alone=False)
    alone = any(isinstance(error, BadAnswerError) for error in failed)
    return UncheckedError("; ".join(map(str, failed)), alone=alone)
