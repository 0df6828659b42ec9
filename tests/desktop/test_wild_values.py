"""Values that fit the contract and no market: the window draws on."""

import random
from typing import Any

import msgspec
import redis
from tests.desktop.hands import PAGES, Hands
from tests.unit.contract.fuzz import drawn
from tests.unit.contract.test_codec import codec_of

from qt_trade.contract import registry
from qt_trade.desktop.watched import WATCHED

ROUNDS = 15
NAMES = ("symbol", "order_id", "session_id", "instance", "name", "number")


def unique(value: Any) -> Any:
    """Return a message in which no list names the same thing twice: no writer of ours does."""
    if isinstance(value, dict):
        return {name: unique(part) for name, part in value.items()}
    if not isinstance(value, list):
        return value
    kept: dict[Any, Any] = {}
    for part in value:
        names = [part[name] for name in NAMES if isinstance(part, dict) and name in part]
        name = part if isinstance(part, str) else len(kept)
        kept.setdefault(names[0] if names else name, unique(part))
    return list(kept.values())


def test_a_window_draws_whatever_fits_the_contract(desk: Hands, redis_url: str) -> None:
    """Prices of 1e308 and symbols of no exchange, on every page."""
    rng = random.Random(7)
    codecs = {key: codec_of(key) for key in (*WATCHED, registry.QUOTES, registry.ROLE_REPORTS)}
    messages = {
        key: [
            msgspec.json.encode(unique(msgspec.json.decode(codec.encode(value))))
            for value in drawn(key.payload, 20)
        ]
        for key, codec in codecs.items()
    }
    revision = 10**6
    with redis.Redis.from_url(redis_url) as stranger:
        for number in range(ROUNDS):
            desk.show(PAGES[number % len(PAGES)])
            for key, every in messages.items():
                revision += 1
                message = rng.choice(every)
                if key in WATCHED:
                    stranger.publish(key.key(), b"%d %s" % (revision, message))
                else:
                    stranger.publish(key.key(f"F{number}"), message)
            before = desk.snapshot.messages
            desk.until(lambda: desk.snapshot.messages >= before + len(WATCHED))  # noqa: B023
            desk.settle()
    assert desk.snapshot.connected
