"""The symbols that are watched, as every worker finds them."""

from collections.abc import Sequence
from contextlib import suppress

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.model.symbols import Symbol


async def watched_symbols(bus: Bus, status: MarketStatus | None) -> Sequence[Symbol]:
    """Return the watch list in force, else what the feed has. Raises DisconnectedError."""
    if status is None:
        return ()
    with suppress(InvalidMessageError):
        found = await bus.read(registry.DYNAMIC_TICKERS)
        if found is not None and found.value.run_id == status.run_id:
            return [Symbol(name) for name in found.value.symbols]
    return [Symbol(name) for name in status.symbols]
