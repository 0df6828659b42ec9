"""Forty thousand messages of every kind at a desk: it takes the good ones and counts the others.

The other sixty thousand go to an engine: ``tests/unit/contract/test_fuzz.py``.
"""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import redis
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from tests.unit.contract import make
from tests.unit.contract.fuzz import Flood, Target

from qt_trade.contract import registry
from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Document, Feed
from qt_trade.desktop.link import DeskLink, Pending
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.taking import take_over
from qt_trade.desktop.watched import WATCHED
from qt_trade.kit.clock import SystemClock

MESSAGES, CHUNK = 40_000, 1_000
TIMEOUT_MS = 30_000
LISTENED = (
    *WATCHED, registry.QUOTES, registry.ROLE_REPORTS, registry.TRADES_LOG, registry.EQUITY,
    registry.LOG_LINES,
)  # fmt: skip
FENCE = registry.RISK_SETTINGS


class Bridge:
    """A desk's link and snapshot, without a window."""

    def __init__(self, url: str, qtbot: QtBot) -> None:
        self.clock = SystemClock()
        self.link = DeskLink(url, self.clock, random.Random(1))
        self.qtbot = qtbot
        self.link.start()
        self.revision = -1
        link = None
        while link is None:
            qtbot.wait(1)
            pending = self.link.take()
            link = pending.link
            self._note(pending)
        self.snapshot = Snapshot(link, "desk", "desk")
        take_over(pending, self.snapshot, self.clock.now())
        qtbot.waitUntil(self.is_whole, timeout=TIMEOUT_MS)

    def is_whole(self) -> bool:
        self.take()
        return self.snapshot.connected and self.revision >= 0

    def take(self) -> None:
        """Take over what has arrived, as the window does once per frame."""
        pending = self.link.take()
        self._note(pending)
        take_over(pending, self.snapshot, self.clock.now())

    def _note(self, pending: Pending) -> None:
        if FENCE.key() in pending.documents:
            self.revision = pending.documents[FENCE.key()].revision

    def until(self, revision: int) -> None:
        def there() -> bool:
            self.take()
            return self.revision == revision

        self.qtbot.waitUntil(there, timeout=TIMEOUT_MS)

    @property
    def rejected(self) -> int:
        assert self.link._bus is not None
        return self.link._bus.rejected


@pytest.fixture
def bridge(qapp: QGuiApplication, qtbot: QtBot, redis_url: str) -> Iterator[Bridge]:
    bridge = Bridge(redis_url, qtbot)
    yield bridge
    bridge.link.close()


def framed(key: Any, number: int, revisions: dict[str, int], data: bytes) -> tuple[str, bytes]:
    """Return the channel of a message, and the message as it travels there."""
    if isinstance(key, Feed):
        return key.key(f"F{number}"), data  # a channel each, so that none is overtaken
    revisions[key.name] = revisions.get(key.name, 0) + 1
    head = b"%d" if isinstance(key, Document) else b"1-%d"
    return key.key(), head % revisions[key.name] + b" " + data


def test_a_desk_counts_every_bad_message_and_shows_the_good_ones(
    bridge: Bridge, redis_url: str
) -> None:
    """No crash whatever comes, every refusal counted to the one, and in the end the newest value."""
    flood = Flood([Target(key) for key in LISTENED], seed=6)
    codec = Codec(FENCE)
    revisions: dict[str, int] = {}
    refused = 0
    with redis.Redis.from_url(redis_url) as stranger:
        for start in range(0, MESSAGES, CHUNK):
            pipeline = stranger.pipeline(transaction=False)
            for number in range(CHUNK):
                target = flood.target()
                shot = flood.message(target)
                pipeline.publish(*framed(target.endpoint, start + number, revisions, shot.data))
                deleted = isinstance(target.endpoint, Document) and shot.data == b""
                refused += shot.refused and not deleted
            good = make.risk(Decimal(start + 1))
            pipeline.publish(*framed(FENCE, 0, revisions, codec.encode(good)))
            pipeline.execute()
            bridge.until(revisions[FENCE.name])
            assert bridge.snapshot.risk_settings == good
    # What comes by feeds is read when all that has arrived is sorted: a moment later.
    bridge.qtbot.waitUntil(lambda: bridge.rejected >= refused, timeout=TIMEOUT_MS)
    assert bridge.rejected == refused
    assert 0 < refused < MESSAGES
    assert bridge.snapshot.connected
    assert bridge.snapshot.link.reconnects == 0
