"""A watched family: all its members at first, then each that comes, changes or goes."""

import pytest
import redis
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import Seen
from tests.unit.roles.parts import eventually, lose_everything

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Party
from qt_trade.contract.families import Members
from qt_trade.contract.payloads.sessions import Session

pytestmark = pytest.mark.asyncio

SESSIONS = Codec(registry.SESSION)


def raw(session_id: str) -> bytes:
    return SESSIONS.encode(make.session(session_id))


async def watched(connect: Connect, url: str) -> tuple[Bus, Seen[Members[Session]]]:
    engine = await connect(url, Party.ENGINE)
    seen: Seen[Members[Session]] = Seen()
    await engine.watch_family(registry.SESSION, seen)
    await seen.count(1)
    return engine, seen


def state(seen: list[Members[Session]]) -> dict[str, Session | None]:
    """Return the family as the batches tell it."""
    known: dict[str, Session | None] = {}
    for batch in seen:
        known = dict(batch.parts) if batch.whole else known | batch.parts
    return known


async def test_an_empty_family_is_told_as_such(connect: Connect, redis_url: str) -> None:
    """Whoever waits for the family knows that nobody is there."""
    _, seen = await watched(connect, redis_url)
    assert seen == [Members({}, whole=True, expired=frozenset())]


async def test_members_that_were_there_before_come_first(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """All of them, in one batch, however many other keys there are."""
    for number in range(2500):
        stranger.set(f"other:{number}", "x")
    for number in range(3):
        stranger.set(f"session:s-{number}", raw(f"s-{number}"), ex=15)
    _, seen = await watched(connect, redis_url)
    assert seen[0].whole
    assert sorted(seen[0].parts) == ["s-0", "s-1", "s-2"]


async def test_writes_ends_and_expiries_are_told_whoever_makes_them(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """A bus writes, a stranger writes and deletes, and the server lets a third one expire."""
    _, seen = await watched(connect, redis_url)
    desk = await connect(redis_url, Party.FRONTEND)
    await desk.write(registry.SESSION, make.session("ours"), "ours")
    stranger.set("session:theirs", raw("theirs"), ex=15)
    await seen.until(lambda s: set(state(s)) == {"ours", "theirs"})
    stranger.delete("session:theirs")
    await desk.delete(registry.SESSION, "ours")
    await seen.until(lambda s: set(state(s).values()) == {None})
    assert not any(batch.expired for batch in seen)
    stranger.set("session:brief", raw("brief"), px=1)
    await seen.until(lambda s: any("brief" in batch.expired for batch in s))


async def test_what_cannot_be_read_is_refused_once(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """A damaged heartbeat every five seconds must not fill the dead letters."""
    engine, seen = await watched(connect, redis_url)
    for _ in range(3):
        stranger.set("session:odd", "{}", ex=15)
        stranger.set("session:good", raw("good"), ex=15)
        known = len(seen)
        await seen.until(lambda s, n=known: len(s) > n)
    await seen.until(lambda s: state(s).get("good") is not None)
    assert engine.rejected == 1
    stranger.set("session:odd", raw("odd"), ex=15)
    await seen.until(lambda s: state(s).get("odd") is not None)
    stranger.set("session:odd", "{}", ex=15)
    await eventually(lambda: engine.rejected == 2)


async def test_after_a_lost_connection_it_is_whole_again(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Also when the server came back empty: what is not there any more is told."""
    engine, seen = await watched(connect, redis_url)
    stranger.set("session:old", raw("old"), ex=15)
    await seen.until(lambda s: "old" in state(s))
    await lose_everything(redis_url, engine)
    await seen.until(lambda s: state(s) == {})
    stranger.set("session:new", raw("new"), ex=15)
    await seen.until(lambda s: "new" in state(s))


async def test_an_unwatched_family_is_silent(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """What was unwatched is not told of any more."""
    engine = await connect(redis_url, Party.ENGINE)
    silent: Seen[Members[Session]] = Seen()
    topic = await engine.watch_family(registry.SESSION, silent)
    await silent.count(1)
    await engine.unwatch(topic)
    heard: Seen[Members[Session]] = Seen()
    await engine.watch_family(registry.SESSION, heard)
    stranger.set("session:late", raw("late"), ex=15)
    await heard.until(lambda s: "late" in state(s))
    assert len(silent) == 1
