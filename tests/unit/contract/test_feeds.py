"""Feeds on a real server: whoever listens hears the latest, nonsense is left out."""

import pytest
import redis
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ForeignWriteError, InvalidMessageError
from qt_trade.contract.payloads.market import Quote

pytestmark = pytest.mark.asyncio
PROBE = 9.0


async def test_one_symbol_or_all(connect: Connect, redis_url: str) -> None:
    """A subscriber hears its part; the star hears all, in order."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    apple: Seen[Quote] = Seen()
    everything: Seen[Quote] = Seen()
    await desk.subscribe(registry.QUOTES, everything, "*")
    await desk.subscribe(registry.QUOTES, apple, "AAPL")
    quotes = [make.quote(1.0, "AAPL"), make.quote(2.0, "MSFT"), make.quote(3.0, "AAPL")]
    await heard(streamer, everything)
    await heard(streamer, apple)
    await streamer.publish_many(registry.QUOTES, [(one.symbol, one) for one in quotes])
    await everything.until(lambda found: found[-1] == quotes[-1])
    await apple.until(lambda found: found[-1] == quotes[-1])
    assert [one for one in everything if one.price != PROBE] == quotes
    assert [one for one in apple if one.price != PROBE] == [quotes[0], quotes[2]]


async def heard(streamer: object, seen: Seen[Quote]) -> None:
    """Publish until the first is heard: nobody tells a feed that it is subscribed."""
    while not seen:
        await streamer.publish(registry.QUOTES, make.quote(PROBE), "AAPL")


async def test_nonsense_on_a_feed_is_refused_and_the_rest_goes_on(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """A quote that does not fit is counted, not delivered."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    seen: Seen[Quote] = Seen()
    topic = await desk.subscribe(registry.QUOTES, seen, "*")
    await heard(streamer, seen)
    seen.clear()
    stranger.publish("quotes:AAPL", "{}")
    await streamer.publish(registry.QUOTES, make.quote(7.0), "AAPL")
    await seen.until(lambda quotes: quotes[-1:] == [make.quote(7.0)])
    assert desk.rejected == 1
    await desk.unwatch(topic)


async def test_only_the_streamer_publishes_and_only_what_fits(
    connect: Connect, redis_url: str
) -> None:
    """The writer is told which field is wrong; nothing of the lot leaves."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    seen: Seen[Quote] = Seen()
    await desk.subscribe(registry.QUOTES, seen, "*")
    await heard(streamer, seen)
    with pytest.raises(ForeignWriteError):
        await desk.publish(registry.QUOTES, make.quote(), "AAPL")
    lot = [("AAPL", make.quote(5.0)), ("AAPL", make.quote(-1.0))]
    with pytest.raises(InvalidMessageError, match=r"\$\.price"):
        await streamer.publish_many(registry.QUOTES, lot)
    await streamer.publish(registry.QUOTES, make.quote(6.0), "AAPL")
    await seen.until(lambda quotes: quotes[-1] == make.quote(6.0))
    assert make.quote(5.0) not in seen
