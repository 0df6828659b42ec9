"""How far the sources' prices were apart at the end of a quarter of an hour, as it was seen then."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from qt_trade.model.symbols import Symbol
from qt_trade.storage.database import Database
from qt_trade.storage.tables import DISPERSIONS


class DispersionStore:
    """The dispersions of one feed."""

    def __init__(self, database: Database, source_key: str) -> None:
        self._database = database
        self._source_key = source_key

    async def store(self, at: datetime, seen: Mapping[Symbol, float]) -> None:
        """Keep what was seen at a moment (feed time), relative to the price; the first word counts.

        Raises UnreachableError.
        """
        if not seen:
            return
        rows = [
            {"source_key": self._source_key, "symbol": name, "at": at, "dispersion": apart}
            for name, apart in seen.items()
        ]
        async with self._database.transaction() as connection:
            await connection.execute(insert(DISPERSIONS).on_conflict_do_nothing(), rows)
