"""Whether the server tells of what happens to keys; without it foreign writers go unseen.

Asked by doing: a key is written, deleted and left to expire, and what the server says of it is
listened to. That needs no right to read or change the server's settings.
"""

import asyncio
import contextlib

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from qt_trade.contract.client import answer_of, make_client
from qt_trade.contract.errors import DisconnectedError, RefusedError

CLASSES = "K$gx"
"""What ``notify-keyspace-events`` must hold: keyspace, strings, deletions, expiries."""
TRIAL_KEY = "backend:events_trial"
EVENTS_S = 2.0
"""So long is an event waited for; it comes within a millisecond, or never."""
_SETTING = "notify-keyspace-events"
_EVENTS = {b"set": "$", b"del": "g", b"expired": "x"}
_LIVES_MS = 5


async def missing_classes(url: str) -> str:
    """Return the classes of events that do not come; empty when all do.

    Raises DisconnectedError, RefusedError.
    """
    async with _client(url) as redis, redis.pubsub() as pubsub:
        database = redis.connection_pool.connection_kwargs["db"]
        return await _try_all(redis, pubsub, f"__keyspace@{database}__:{TRIAL_KEY}")


async def switch_on(url: str, missing: str) -> bool:
    """Add classes to the server's setting; False where that is for its administrator to do.

    The setting lasts until the server is started anew. Raises DisconnectedError.
    """
    async with _client(url) as redis:
        try:
            told = await answer_of(redis.config_get(_SETTING))
            before = str(next(iter(told.values()), ""))
            await answer_of(redis.config_set(_SETTING, before + missing))
        except RefusedError:
            return False
    return True


def _client(url: str) -> "Redis":
    return make_client(url, "qtrade-events")


async def _try_all(redis: "Redis", pubsub: PubSub, channel: str) -> str:
    try:
        await pubsub.subscribe(channel)
        await pubsub.get_message(timeout=EVENTS_S)
        await answer_of(redis.set(TRIAL_KEY, "1", px=60_000))
        await answer_of(redis.delete(TRIAL_KEY))
        await answer_of(redis.set(TRIAL_KEY, "1", px=_LIVES_MS))
        await asyncio.sleep(2 * _LIVES_MS / 1000)
        # Who asks for an expired key lets the server notice.
        await answer_of(redis.get(TRIAL_KEY))
        seen: set[str] = set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVENTS_S):
                while len(seen) < len(_EVENTS):
                    message = await pubsub.get_message(timeout=EVENTS_S)
                    seen |= {_EVENTS.get(message["data"], "")} - {""} if message else set()
    except (RedisError, OSError) as error:
        raise DisconnectedError(str(error) or "no answer in time") from error
    return "" if len(seen) == len(_EVENTS) else _lacking(seen)


def _lacking(seen: set[str]) -> str:
    """Return what to add; where nothing comes at all the keyspace channels may be off."""
    return CLASSES if not seen else "".join(one for one in _EVENTS.values() if one not in seen)
