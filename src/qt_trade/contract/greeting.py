"""Whom the server takes us for, and how far its clock is from ours: asked once per connection."""

import contextlib
from dataclasses import dataclass

from redis.asyncio import Redis

from qt_trade.contract.client import answer_of, make_client
from qt_trade.contract.errors import RefusedError
from qt_trade.kit.clock import Clock, monotonic

COMPARISONS = 5
"""How often the clocks are compared at each connect."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """``user``: the Redis user; ``ahead_s``: the server's time minus ours, in seconds.

    Either is None where the server does not let us ask.
    """

    user: str | None
    ahead_s: float | None


async def greet(url: str, clock: Clock) -> Greeting:
    """Ask the server at ``url``. Raises DisconnectedError without an answer."""
    client = make_client(url, "qtrade-greeting")
    try:
        user: str | None = None
        with contextlib.suppress(RefusedError):
            named: bytes = await answer_of(client.acl_whoami())
            user = named.decode()
        with contextlib.suppress(RefusedError):
            # The quickest of a few is the truest: half of its way is all that it can be wrong by.
            _, ahead_s = min([await _compare(client, clock) for _ in range(COMPARISONS)])
            return Greeting(user, ahead_s)
        return Greeting(user, None)
    finally:
        await client.aclose()


async def _compare(client: Redis, clock: Clock) -> tuple[float, float]:
    """Return how long a question for the time took, and how far the server was ahead."""
    sent, started = clock.now(), monotonic()
    seconds, micro = await answer_of(client.time())
    took_s = monotonic() - started
    return took_s, seconds + micro / 1e6 - (sent.timestamp() + took_s / 2)
