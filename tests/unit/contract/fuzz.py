"""A seeded flood of messages: good ones, bad ones, and what a hostile stranger would send.

Of each message it is known beforehand whether its key's codec refuses it, so that a reader's count
can be held against it.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import given, settings
from tests.unit.contract.mutations import Mutation, as_json, mutations
from tests.unit.contract.strategies import values
from tests.unit.contract.test_codec import codec_of

from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import DOCUMENT_BYTES_MAX, Endpoint
from qt_trade.contract.errors import InvalidMessageError

HOSTILE: tuple[bytes, ...] = (
    b"", b" ", b"null", b"true", b"0", b"-", b"[]", b"{}", b'""', b"{", b"}", b'{"ts":', b"NaN",
    b"Infinity", b"-Infinity", b"1e999999", b"-1e999999", b"9" * 5000, b"0." + b"1" * 5000,
    b"1" + b"0" * 400, b"[" * 20_000, b'{"a":' * 5_000, b"[" * 500 + b"]" * 500,
    b'{"ts":"' + b"x" * 20_000 + b'"}', b'"\\ud800"', b'"\\udc00\\ud800"', b'{"\\ud800":1}',
    b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\x00",
    '{"ts":"2013-10-04T14:30:00Z"}'.encode("utf-16"), b"\r\n+OK\r\n", b"*1\r\n$4\r\nQUIT\r\n",
    b'{"ts":1,"ts":2}', b"'single'", b"{ts:1}", b"[1,2,]", b'{"a":1,}', b"//", b"<xml/>",
    b'{"__proto__":{}}', b"\x1b[31m", b"ACTIVE\n", b'"ACTIVE"', b"A" * 81, b"0 0 0",
)  # fmt: skip
OVERSIZED = b'{"ts":"' + b"x" * DOCUMENT_BYTES_MAX + b'"}'


@dataclass(frozen=True, slots=True)
class Shot:
    """One message for one key, and whether it is refused."""

    data: bytes
    refused: bool


class Target:
    """One key with a few good messages of it and all that can be made wrong in them."""

    def __init__(self, endpoint: Endpoint[Any]) -> None:
        self.endpoint = endpoint
        self._codec: Codec[Any] = codec_of(endpoint)
        self.good = [self._codec.encode(value) for value in drawn(endpoint.payload, 3)]
        self._wrong: list[tuple[Any, list[Mutation]]] = []
        for message in self.good if not self._is_word() else ():
            whole = as_json(message)
            self._wrong.append((whole, mutations(endpoint.payload, whole)))

    def _is_word(self) -> bool:
        return not self.good[0].startswith(b"{")

    def shot(self, data: bytes) -> Shot:
        """Judge a message."""
        try:
            self._codec.decode(data)
        except InvalidMessageError:
            return Shot(data, refused=True)
        return Shot(data, refused=False)

    def mutated(self, rng: random.Random) -> bytes:
        """Return a message with one wrong field."""
        if not self._wrong:
            return rng.choice(self.good) + b"?"
        whole, every = rng.choice(self._wrong)
        return msgspec.json.encode(rng.choice(every).applied_to(whole))


class Flood:
    """Draws messages for targets, the same for the same seed."""

    def __init__(self, targets: Sequence[Target], seed: int) -> None:
        self._targets = targets
        self._rng = random.Random(seed)
        self._ways: tuple[Callable[[Target], bytes], ...] = (
            self._good, self._mutated, self._mutated, self._mutated, self._cut, self._flipped,
            self._noise, self._hostile, self._anothers, self._spliced,
        )  # fmt: skip

    def message(self, target: Target) -> Shot:
        """Return the next message for a target."""
        return target.shot(self._rng.choice(self._ways)(target))

    def target(self) -> Target:
        """Return whose turn it is."""
        return self._rng.choice(self._targets)

    def _good(self, target: Target) -> bytes:
        return self._rng.choice(target.good)

    def _mutated(self, target: Target) -> bytes:
        return target.mutated(self._rng)

    def _cut(self, target: Target) -> bytes:
        whole = self._good(target)
        return whole[: self._rng.randrange(len(whole))]

    def _flipped(self, target: Target) -> bytes:
        data = bytearray(self._good(target))
        for _ in range(self._rng.randint(1, 8)):
            data[self._rng.randrange(len(data))] = self._rng.randrange(256)
        return bytes(data)

    def _noise(self, _target: Target) -> bytes:
        return self._rng.randbytes(self._rng.randint(0, 300))

    def _hostile(self, _target: Target) -> bytes:
        return self._rng.choice(HOSTILE)

    def _anothers(self, _target: Target) -> bytes:
        return self._rng.choice(self.target().good)

    def _spliced(self, target: Target) -> bytes:
        one, other = self._good(target), self._good(self.target())
        return one[: self._rng.randrange(len(one))] + other[self._rng.randrange(len(other)) :]


def drawn(payload: Any, number: int) -> list[Any]:
    """Return a few values of a payload, always the same."""
    found: list[Any] = []

    @settings(max_examples=5 * number, database=None, derandomize=True, deadline=None)
    @given(values(payload))
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found[-number:]  # the first are the simplest
