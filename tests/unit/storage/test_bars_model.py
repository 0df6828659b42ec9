"""The store of bars does what a dict does that keeps the latest version of each."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.servers import fresh_database

from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol, symbol
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database

REAL = BarOrigin("realtime", FeedKind.REAL_TIME, "yahoo")
AAPL = symbol("AAPL")
NEW_YEARS_EVE = datetime(2025, 12, 31, 23, 58, tzinfo=UTC)
FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)


def bar(at: datetime, interval_s: int, of: Symbol, close: float) -> Bar:
    return Bar(of, at, interval_s, 100.1, 103.3, 99.9, close, 12_345)


STARTS = st.integers(0, 12).map(lambda number: NEW_YEARS_EVE + timedelta(minutes=number))
BARS = st.builds(
    bar,
    STARTS,
    st.sampled_from([60, 86_400]),
    st.sampled_from([AAPL, symbol("BRK.B")]),
    st.sampled_from([100.0, 101.1, 102.2]),
)
QUOTED = st.builds(
    lambda one, bid, size: replace(one, bid=bid, bid_size=size),
    BARS,
    st.none() | st.just(99.9),
    st.none() | st.just(5),
)


@given(st.lists(st.lists(BARS | QUOTED, max_size=12), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_the_store_is_a_dict_of_the_latest(
    postgres_url: str, database_template: str, lots: list[list[Bar]]
) -> None:
    """Whatever is stored in whatever order: the last version of each bar, changes counted."""

    async def play(url: str) -> None:
        database = Database(url, name="model", pool_size=1)
        store, model = BarStore(database), dict[tuple[Symbol, int, datetime], Bar]()
        try:
            for lot in lots:
                arriving = {(one.symbol, one.interval_s, one.at): one for one in lot}
                other = sum(model.get(key) != one for key, one in arriving.items())
                assert await store.store(REAL, lot) == other
                model |= arriving
            for name in (AAPL, symbol("BRK.B")):
                for length in (60, 86_400):
                    right = [model[key] for key in sorted(model) if key[:2] == (name, length)]
                    found = await store.load("realtime", name, until=FOR_EVER, interval_s=length)
                    assert found == right
        finally:
            await database.close()

    with fresh_database(postgres_url, "bars_model", database_template) as url:
        asyncio.run(play(url))
