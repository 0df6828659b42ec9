"""What was said of a symbol is remembered, and the newest word counts."""

from datetime import UTC, datetime, timedelta

import pytest

from qt_trade.model.instruments import Instrument, Listing
from qt_trade.model.symbols import Symbol, symbol
from qt_trade.storage.database import Database
from qt_trade.storage.instruments import InstrumentStore

pytestmark = pytest.mark.asyncio

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BRK = symbol("BRK.B")
BERKSHIRE = Listing(BRK, Instrument(BRK, "Berkshire", "NYSE", tradable=True), "Alpaca", AT)


@pytest.fixture
def store(database: Database) -> InstrumentStore:
    return InstrumentStore(database)


async def test_what_was_said_is_there_for_the_next_process(
    store: InstrumentStore, other_database: Database
) -> None:
    """Who is found and who is not; a symbol nobody asked for is neither."""
    nope = Listing(symbol("NOPE"), None, "Alpaca", AT)
    named = Listing(symbol("SPY"), Instrument(symbol("SPY"), "", tradable=None), "Yahoo", AT)
    for listing in (BERKSHIRE, nope, named):
        await store.remember(listing)
    found = await InstrumentStore(other_database).known([BRK, symbol("NOPE"), symbol("XYZ")])
    assert found == {BRK: BERKSHIRE, "NOPE": nope}
    assert (await store.known([Symbol("SPY")]))[Symbol("SPY")] == named
    assert await store.known([]) == {}


async def test_the_newest_word_counts_whoever_brings_it_later(store: InstrumentStore) -> None:
    """A share that was listed since is known; an older word that comes late changes nothing."""
    later = Listing(BRK, None, "Finnhub", AT + timedelta(days=1))
    await store.remember(BERKSHIRE)
    await store.remember(later)
    await store.remember(BERKSHIRE)
    assert await store.known([BRK]) == {BRK: later}
