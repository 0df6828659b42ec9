"""What symbols stand for: the providers' word, remembered in PostgreSQL."""

from collections.abc import Collection, Mapping

from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.listings import Listings
from qt_trade.market.provider import Provider
from qt_trade.model.instruments import Listing
from qt_trade.model.symbols import Symbol
from qt_trade.storage.errors import UnreachableError
from qt_trade.storage.instruments import InstrumentStore


class ListingTable:
    """The table of instruments as a memory that may fail: what is not there is asked again."""

    def __init__(self, store: InstrumentStore) -> None:
        self._store = store

    async def known(self, symbols: Collection[Symbol]) -> Mapping[Symbol, Listing]:
        """Return what is remembered; nothing while the database is away."""
        try:
            return await self._store.known(symbols)
        except UnreachableError as away:
            get_logger().warning("listings.not_recalled", words=str(away))
            return {}

    async def remember(self, listing: Listing) -> None:
        """Keep a word, unless the database is away."""
        try:
            await self._store.remember(listing)
        except UnreachableError as away:
            get_logger().warning("listings.not_kept", symbol=listing.symbol, words=str(away))


def make_listings(
    providers: Mapping[str, Provider], store: InstrumentStore, wall: Clock
) -> Listings:
    """Return who is asked what a symbol stands for."""
    return Listings(providers, ListingTable(store), wall)
