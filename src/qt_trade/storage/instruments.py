"""What was said of symbols: what each stands for, or that there is none."""

from collections.abc import Collection
from datetime import UTC

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert

from qt_trade.model.instruments import Instrument, Listing
from qt_trade.model.symbols import Symbol
from qt_trade.storage.database import Database
from qt_trade.storage.tables import INSTRUMENTS


class InstrumentStore:
    """The last word on every symbol that was ever asked for; of all feeds and accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, symbols: Collection[Symbol]) -> dict[Symbol, Listing]:
        """Return what is remembered of symbols; those nobody asked for are absent."""
        wanted = select(INSTRUMENTS).where(INSTRUMENTS.c.symbol.in_(list(symbols)))
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        return {Symbol(row.symbol): _listing(row) for row in rows}

    async def remember(self, listing: Listing) -> None:
        """Keep the newest word on a symbol."""
        found = listing.instrument
        row = {
            "listed": found is not None,
            "name": "" if found is None else found.name,
            "exchange": "" if found is None else found.exchange,
            "tradable": None if found is None else found.tradable,
            "said_by": listing.said_by,
            "said_at": listing.said_at,
        }
        kept = insert(INSTRUMENTS).values(symbol=listing.symbol, **row)
        newer = INSTRUMENTS.c.said_at <= kept.excluded.said_at
        async with self._database.transaction() as connection:
            await connection.execute(
                kept.on_conflict_do_update(index_elements=["symbol"], set_=row, where=newer)
            )


def _listing(row: Row[tuple[object, ...]]) -> Listing:
    name = Symbol(row.symbol)
    found = Instrument(name, row.name, row.exchange, row.tradable) if row.listed else None
    return Listing(name, found, row.said_by, row.said_at.astimezone(UTC))
