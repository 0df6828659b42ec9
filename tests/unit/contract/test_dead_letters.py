"""The dead-letter box: refused messages are counted at once and written when that is possible."""

import asyncio
import random

import pytest
from tests.unit.contract import make
from tests.unit.contract.seen import Seen

from qt_trade.contract.dead_letters import RAW_KEPT, WAITING_MAX, DeadLetterBox
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import DisconnectedError, InvalidMessageError, RefusedError
from qt_trade.contract.payloads.commands import DeadLetter
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import ManualClock

pytestmark = pytest.mark.asyncio

INVALID = InvalidMessageError("key", "$.field", "wrong")


class Writer:
    """Appends to a list, or raises what it is told to."""

    def __init__(self) -> None:
        self.written: Seen[DeadLetter] = Seen()
        self.tried: Seen[DeadLetter] = Seen()
        self.error: Exception | None = None

    async def append(self, letter: DeadLetter) -> None:
        self.tried(letter)
        if self.error is not None:
            raise self.error
        self.written(letter)


async def test_a_letter_says_what_was_wrong_with_what() -> None:
    """Key, path, reason, the reader, the time, and the beginning of the message."""
    writer = Writer()
    box = DeadLetterBox(Party.ENGINE, ManualClock(make.AT), writer.append)
    task = asyncio.create_task(box.run())
    box.put(INVALID, b"\xff" + b"x" * 10_000)
    await writer.written.count(1)
    task.cancel()
    assert writer.written == [
        DeadLetter(ts=make.AT, source="engine", key="key", path="$.field", reason="wrong",
                   raw="\ufffd" + "x" * (RAW_KEPT - 1))
    ]  # fmt: skip
    assert box.count == 1


async def test_letters_wait_for_the_server_in_order() -> None:
    """Nothing is written while it is away; then all of it, oldest first."""
    writer = Writer()
    box = DeadLetterBox(Party.ENGINE, ManualClock(make.AT), writer.append)
    task = asyncio.create_task(box.run())
    writer.error = DisconnectedError("away")
    for number in range(3):
        box.put(InvalidMessageError("key", "$", str(number)), b"")
    await writer.tried.count(1)
    writer.error = None
    box.try_now()
    await writer.written.count(3)
    task.cancel()
    assert [letter.reason for letter in writer.written] == ["0", "1", "2"]


async def test_a_refused_letter_is_given_up_and_the_next_written() -> None:
    """A stranger's value at the key of the letters must not make a queue for ever."""
    writer = Writer()
    box = DeadLetterBox(Party.ENGINE, ManualClock(make.AT), writer.append)
    task = asyncio.create_task(box.run())
    writer.error = RefusedError("WRONGTYPE")
    box.put(INVALID, b"")
    await writer.tried.count(1)
    writer.error = None
    box.put(InvalidMessageError("key", "$", "next"), b"")
    await writer.written.count(1)
    task.cancel()
    assert [letter.reason for letter in writer.written] == ["next"]


async def test_a_flood_is_counted_but_not_hoarded() -> None:
    """Only the newest letters wait."""
    writer = Writer()
    box = DeadLetterBox(Party.ENGINE, ManualClock(make.AT), writer.append)
    for number in range(WAITING_MAX + 5):
        box.put(InvalidMessageError("key", "$", str(number)), b"")
    assert box.count == WAITING_MAX + 5
    task = asyncio.create_task(box.run())
    await writer.written.count(WAITING_MAX)
    task.cancel()
    assert writer.written[0].reason == "5"
    assert writer.written[-1].reason == str(WAITING_MAX + 4)


async def test_backoff_never_passes_its_ceiling_and_starts_over() -> None:
    """The promise to be whole within a second rests on it."""
    backoff = Backoff(0.05, 0.5, random.Random(1))
    delays = [backoff.next_delay() for _ in range(1000)]
    assert 0 <= min(delays) <= max(delays) <= 0.5
    assert max(delays) > 0.4
    assert backoff.attempt == 1000
    backoff.reset()
    assert backoff.next_delay() <= 0.05
