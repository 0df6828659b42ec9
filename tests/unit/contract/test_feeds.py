"""Feeds on a real server: whoever listens hears the latest, nonsense is left out."""

import pytest
import redis
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.codec import Codec
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
    await desk.subscribe(registry.QUOTES, everything, "*", every=True)
    await desk.subscribe(registry.QUOTES, apple, "AAPL", every=True)
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
    stranger.publish("quotes:MSFT", "{}")
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


async def test_a_reader_who_is_slower_gets_the_latest_of_each_and_skips_the_rest(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """What piled up is counted and never read; nothing waits but one quote per symbol."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    seen: Seen[Quote] = Seen()
    await desk.subscribe(registry.QUOTES, seen, "*")
    await heard(streamer, seen)
    seen.clear()
    # This loop stands still while a hundred quotes of three symbols arrive.
    flood = stranger.pipeline(transaction=False)
    codec = Codec(registry.QUOTES)
    for number in range(1, 101):
        for symbol in ("AAPL", "MSFT", "IBM"):
            quote = make.quote(float(number), symbol, number)
            flood.publish(f"quotes:{symbol}", codec.encode(quote) if number > 99 else "nonsense")
    flood.execute()
    await seen.count(3)
    assert sorted((one.symbol, one.price) for one in seen) == [
        ("AAPL", 100.0), ("IBM", 100.0), ("MSFT", 100.0),
    ]  # fmt: skip
    assert desk.skipped == 297
    assert desk.rejected == 0


async def test_a_reader_who_fails_at_one_gets_the_others(connect: Connect, redis_url: str) -> None:
    """A fault at the first of what arrived together costs neither the second nor the link."""
    streamer = await connect(redis_url, Party.STREAMER)
    desk = await connect(redis_url, Party.FRONTEND)
    seen: Seen[Quote] = Seen()

    def broken(quote: Quote) -> None:
        if quote.symbol == "BAD":
            raise ZeroDivisionError
        seen(quote)

    await desk.subscribe(registry.QUOTES, broken, "*")
    await heard(streamer, seen)
    lot = [("BAD", make.quote(1.0, "BAD")), ("AAPL", make.quote(2.0)), ("MSFT", make.quote(3.0))]
    await streamer.publish_many(registry.QUOTES, lot)
    await seen.until(lambda quotes: quotes[-1].price == 3.0)
    assert seen[-2].price == 2.0
    assert desk.link.reconnects == 0
