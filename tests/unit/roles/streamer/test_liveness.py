"""A feed that is subscribed and mute is told, and the canary flies through the quotes' own door."""

from datetime import timedelta

import pytest
import pytest_asyncio
from tests.unit.contract.seen import Seen
from tests.unit.roles.parts import RUN, running
from tests.unit.roles.streamer.test_streamer import Script, Station, nothing, open_station
from tests.unit.trading.make import FEED, WALL, quote

from qt_trade.contract import registry
from qt_trade.contract.payloads import market as wire
from qt_trade.contract.payloads.health import CanaryProbe
from qt_trade.market.ports import QuoteEvent, SourceState, StateEvent

pytestmark = pytest.mark.asyncio

LIMIT = timedelta(seconds=4)
"""At 60 times real time: one wall second between quotes, and three of grace."""
MOMENT = timedelta(milliseconds=20)


@pytest_asyncio.fixture
async def station(redis_url: str):
    station = await open_station(redis_url)
    yield station
    for bus in (station.front, *station.buses):
        await bus.close()


async def test_a_mute_feed_is_told_with_words_and_since_and_returns_by_itself(
    station: Station,
) -> None:
    """Subscribed, the market open, and not one quote of any symbol."""
    script = Script()
    streamer = await station.streamer(script)
    async with running(streamer.run(nothing)):
        script.start()
        script.tell(QuoteEvent(quote(price=100.0)))
        await station.until_status(feed_state=wire.FeedState.OK, feed_words="fine")
        station.wall.advance(LIMIT - MOMENT / 2)
        script.tell(StateEvent(SourceState.OK, "still fine"))
        await station.until_status(feed_state=wire.FeedState.OK, feed_words="still fine")
        station.wall.advance(MOMENT)
        mute = await station.until_status(feed_state=wire.FeedState.MUTE)
        assert mute.feed_since == WALL
        assert "no quote of any since 20:00:00 UTC" in mute.feed_words
        script.tell(QuoteEvent(quote(price=101.0, at=FEED + timedelta(minutes=4))))
        again = await station.until_status(feed_state=wire.FeedState.OK)
        assert again.feed_words == "still fine"


async def test_a_feed_that_never_began_is_mute_as_well(station: Station) -> None:
    """Counted from the moment the feed's clock was set."""
    script = Script()
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        await station.until_status(feed_state=wire.FeedState.OK)
        station.wall.advance(LIMIT)
        script.tell(StateEvent(SourceState.OK, "subscribed"))
        await station.until_status(feed_state=wire.FeedState.MUTE)


@pytest.mark.parametrize("minutes", [-60, 390])
async def test_silence_while_the_market_is_closed_is_nothing(
    station: Station, minutes: int
) -> None:
    """An hour before the open, and from the close on."""
    script = Script()
    opened = FEED.replace(hour=13, minute=30)
    async with running((await station.streamer(script)).run(nothing)):
        script.start(opened + timedelta(minutes=minutes))
        await station.until_status(feed_words="fine")
        station.wall.advance(timedelta(seconds=30))
        script.tell(StateEvent(SourceState.OK, "closed"))
        await station.until_status(feed_state=wire.FeedState.OK, feed_words="closed")


async def test_the_open_begins_a_count_of_its_own(station: Station) -> None:
    """The night before it was no silence."""
    script = Script()
    opened = FEED.replace(hour=13, minute=30)
    async with running((await station.streamer(script)).run(nothing)):
        script.start(opened - timedelta(minutes=30))
        await station.until_status(feed_words="fine")
        station.wall.advance(timedelta(seconds=30) + LIMIT - MOMENT)
        script.tell(StateEvent(SourceState.OK, "opened"))
        await station.until_status(feed_state=wire.FeedState.OK, feed_words="opened")
        station.wall.advance(MOMENT * 2)
        await station.until_status(feed_state=wire.FeedState.MUTE)


async def test_a_source_that_says_itself_that_it_has_no_data_is_not_called_mute(
    station: Station,
) -> None:
    """Its own words are better."""
    script = Script()
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        await station.until_status(feed_words="fine")
        station.wall.advance(LIMIT * 2)
        script.tell(StateEvent(SourceState.NO_DATA, "no network"))
        await station.until_status(feed_state=wire.FeedState.NO_DATA, feed_words="no network")


async def test_canaries_fly_and_are_numbered_by_the_runs_clock(station: Station) -> None:
    """A restarted streamer goes on with the numbers, so that those it missed can be counted."""
    probes: Seen[CanaryProbe] = Seen()
    await station.front.subscribe(registry.CANARY_PROBE, probes, RUN)
    script = Script()
    async with running((await station.streamer(script)).run(nothing)):
        script.start()
        await probes.count(1)
    station.wall.advance(timedelta(seconds=62))
    async with running((await station.streamer(script)).run(nothing)):
        await probes.count(2)
    assert [(probe.number, probe.run_id) for probe in probes] == [(0, RUN), (12, RUN)]
