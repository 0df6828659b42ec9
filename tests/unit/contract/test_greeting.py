"""What a server answers to who we are and what time it has."""

from datetime import timedelta

import pytest
import redis
from tests.servers import ServerProcess

from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.greeting import Greeting, greet
from qt_trade.kit.clock import ManualClock, SystemClock

pytestmark = pytest.mark.asyncio


async def test_the_user_is_the_one_of_the_url(redis_url: str) -> None:
    """Whichever of them it is."""
    with redis.Redis.from_url(redis_url) as server:
        server.acl_setuser(
            "viewer", enabled=True, passwords=["+seen"], commands=["+@connection", "+acl|whoami"]
        )
    host = redis_url.rpartition("@")[2]
    assert (await greet(redis_url, SystemClock())).user == "admin"
    assert (await greet(f"redis://viewer:seen@{host}", SystemClock())).user == "viewer"


async def test_what_may_not_be_asked_is_not_known(redis_url: str) -> None:
    """A server that refuses both questions is no error: nothing is known then."""
    with redis.Redis.from_url(redis_url) as server:
        server.acl_setuser("mute", enabled=True, passwords=["+seen"], commands=["+@connection"])
    host = redis_url.rpartition("@")[2]
    greeting = await greet(f"redis://mute:seen@{host}", SystemClock())
    assert greeting == Greeting(user=None, ahead_s=None)


async def test_a_clock_that_is_behind_is_noticed(redis_url: str) -> None:
    """The server's clock is ahead of one that was put back by an hour."""
    behind = ManualClock(SystemClock().now() - timedelta(hours=1))
    ahead_s = (await greet(redis_url, behind)).ahead_s
    assert ahead_s is not None
    assert 3599 < ahead_s < 3630


async def test_without_a_server_it_says_so(private_valkey: ServerProcess) -> None:
    """A server that is away is an error of the link, not an answer."""
    private_valkey.kill()
    with pytest.raises(DisconnectedError):
        await greet(private_valkey.url, SystemClock())
