"""Splits and dividends, beside the raw bars that they never change."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qt_trade.model.instruments import CorporateAction, Dividend, Split
from qt_trade.model.symbols import Symbol
from qt_trade.storage.database import Database
from qt_trade.storage.tables import CORPORATE_ACTIONS

SPLIT, DIVIDEND = "split", "dividend"


class ActionStore:
    """What companies did to their shares, by feed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(
        self, source_key: str, provider: str, actions: Iterable[CorporateAction]
    ) -> None:
        """Store actions; of one that is known already the later word counts."""
        latest = {(one.symbol, one.ex_date, _kind(one)): one for one in actions}
        rows = [
            {
                "source_key": source_key,
                "symbol": symbol,
                "ex_date": ex_date,
                "kind": kind,
                "value": _value(one),
                "provider": provider,
            }
            for (symbol, ex_date, kind), one in latest.items()
        ]
        if not rows:
            return
        added = insert(CORPORATE_ACTIONS)
        added = added.on_conflict_do_update(
            index_elements=list(CORPORATE_ACTIONS.primary_key.columns),
            set_={"value": added.excluded.value, "provider": added.excluded.provider},
        )
        async with self._database.transaction() as connection:
            await connection.execute(added, rows)

    async def load(self, source_key: str, symbol: Symbol) -> list[CorporateAction]:
        """Return a symbol's actions, oldest first."""
        return await self.of(source_key, [symbol])

    async def of(self, source_key: str, symbols: Collection[Symbol]) -> list[CorporateAction]:
        """Return the actions of some symbols, oldest first."""
        wanted = (
            select(CORPORATE_ACTIONS)
            .where(
                CORPORATE_ACTIONS.c.source_key == source_key,
                CORPORATE_ACTIONS.c.symbol.in_(list(symbols)),
            )
            .order_by(CORPORATE_ACTIONS.c.ex_date, CORPORATE_ACTIONS.c.kind)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        return [
            Split(Symbol(row.symbol), row.ex_date, Decimal(row.value))
            if row.kind == SPLIT
            else Dividend(Symbol(row.symbol), row.ex_date, Decimal(row.value))
            for row in rows
        ]


def _kind(action: CorporateAction) -> str:
    return SPLIT if isinstance(action, Split) else DIVIDEND


def _value(action: CorporateAction) -> Decimal:
    return action.ratio if isinstance(action, Split) else action.amount
