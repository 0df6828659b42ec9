"""Whom the server takes us for, and how far its clock is from ours: asked once per connection."""

import contextlib
from dataclasses import dataclass

from qt_trade.contract.client import answer_of, make_client
from qt_trade.contract.errors import RefusedError
from qt_trade.kit.clock import Clock, monotonic


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
        # The second question: the connection's own beginning must not count into the round trip.
        sent, started = clock.now(), monotonic()
        try:
            seconds, micro = await answer_of(client.time())
        except RefusedError:
            return Greeting(user, None)
        middle_s = sent.timestamp() + (monotonic() - started) / 2
        return Greeting(user, seconds + micro / 1e6 - middle_s)
    finally:
        await client.aclose()
