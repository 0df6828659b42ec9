"""Noting how far the sources are apart when a quarter of an hour has ended: nobody can say it later."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.model.symbols import Symbol

TIMELY = timedelta(minutes=1)
"""What is said later (feed time) is not said of the moment any more."""
_BASIS_POINTS = 10_000.0


async def dispersions_at(bus: Bus, at: datetime, run_id: str) -> Mapping[Symbol, float]:
    """Return how far the sources are apart, relative to the price, of symbols with two or more."""
    try:
        found = await bus.read(registry.MULTI_API_DATA)
    except InvalidMessageError:
        return {}
    if found is None or found.value.run_id != run_id or abs(found.value.feed_ts - at) > TIMELY:
        return {}
    return {
        Symbol(name): one.dispersion_bp / _BASIS_POINTS
        for name, one in found.value.symbols.items()
        if one.dispersion_bp is not None and abs(one.timestamp - at) <= TIMELY
    }
