"""Whether the server tells of what happens to keys is found out by doing."""

import pytest
import redis
from tests.servers import ServerProcess

from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.keyspace_events import TRIAL_KEY, missing_classes, switch_on

pytestmark = pytest.mark.asyncio


def told(server: ServerProcess, classes: str) -> None:
    """Set which events the server tells of."""
    with redis.Redis.from_url(server.url) as admin:
        admin.config_set("notify-keyspace-events", classes)


@pytest.mark.parametrize(
    ("classes", "missing"),
    [
        ("K$gx", ""), ("KA", ""), ("K$gxe", ""), ("K$", "gx"), ("Kg", "$x"), ("Kx", "$g"),
        ("", "K$gx"), ("E$gx", "K$gx"),
    ],
)  # fmt: skip
async def test_what_is_missing_is_found_without_any_rights(
    private_valkey: ServerProcess, classes: str, missing: str
) -> None:
    """By the roles' own user, which may not ask for settings; nothing is left behind."""
    told(private_valkey, classes)
    assert await missing_classes(private_valkey.url_of("backend")) == missing
    with redis.Redis.from_url(private_valkey.url) as admin:
        assert not admin.exists(TRIAL_KEY)


async def test_who_may_sees_to_it(private_valkey: ServerProcess) -> None:
    """What was told before stays told."""
    told(private_valkey, "Kh$")
    assert await switch_on(private_valkey.url, "gx")
    assert await missing_classes(private_valkey.url) == ""
    with redis.Redis.from_url(private_valkey.url, decode_responses=True) as admin:
        assert set("Kh$gx") == set(admin.config_get("notify-keyspace-events").popitem()[1])


async def test_who_may_not_leaves_it_to_the_administrator(private_valkey: ServerProcess) -> None:
    """The roles' user has no right to change the server."""
    told(private_valkey, "K$")
    assert not await switch_on(private_valkey.url_of("backend"), "gx")
    assert await missing_classes(private_valkey.url_of("backend")) == "gx"


async def test_a_server_that_is_away_is_told_apart(private_valkey: ServerProcess) -> None:
    """It is not the setting that is wrong."""
    url = private_valkey.url_of("backend")
    private_valkey.stop()
    with pytest.raises(DisconnectedError):
        await missing_classes(url)
