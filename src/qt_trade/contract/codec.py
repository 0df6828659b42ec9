"""Between bytes and payloads: validates on the way in and on the way out."""

import contextlib
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from qt_trade.contract.amounts import AMOUNT_MAX, finder_for, parts_of
from qt_trade.contract.endpoints import Endpoint, Framing
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.base import WrongFieldError

T = TypeVar("T")

UNREADABLE = (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError)
"""What decoding a stranger's bytes may raise: nested too deeply is RecursionError, for one."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_PATH = re.compile(r"(?P<reason>.*?)(?: - at `(?P<key>key` in `)?(?P<path>[^`]+)`)?$", re.DOTALL)


class Codec(Generic[T]):
    """Encodes and decodes one payload type for one endpoint."""

    def __init__(self, endpoint: Endpoint[T], framing: Framing = Framing.JSON) -> None:
        self._name = endpoint.name
        self._framing = framing
        self._payload: Any = endpoint.payload
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(endpoint.payload)
        self.bytes_max = endpoint.bytes_max
        self._no_amount = finder_for(endpoint.payload)

    def encode(self, value: T) -> bytes:
        """Return the wire form.

        Raises InvalidMessageError when its reader would refuse the value or see another one (a
        NaN becomes null): what is written is read back first, because constructing a payload
        checks no types.
        """
        if self._framing is Framing.WORD:
            data = str(value).encode()
        else:
            try:
                data = _ENCODER.encode(value)
            except (TypeError, ValueError) as error:
                raise InvalidMessageError(self._name, "$", str(error)) from error
        if (seen := self.decode(data)) != value:
            path, reason = _difference(value, seen, "$")
            raise InvalidMessageError(self._name, path, reason)
        return data

    def encode_many(self, values: Sequence[T]) -> Sequence[bytes]:
        """Return the wire form of each, read back all at once, or raise as ``encode`` does."""
        if self._framing is Framing.JSON:
            with contextlib.suppress(TypeError, *UNREADABLE):
                lines = _ENCODER.encode_lines(values)
                seen = self._decoder.decode_lines(lines)
                many = lines.split(b"\n")[:-1]  # a line feed within a text is written as \n
                if seen == list(values) and self._may_pass(seen, many):
                    return many
        return [self.encode(value) for value in values]  # one by one: some one does not fit

    def _may_pass(self, values: Sequence[T], many: Sequence[bytes]) -> bool:
        if max(map(len, many), default=0) > self.bytes_max:
            return False
        find = self._no_amount
        return find is None or all(find(value) is None for value in values)

    def decode(self, data: bytes) -> T:
        """Return the payload.

        Raises InvalidMessageError that names the path of the field and what would be right.
        """
        if len(data) > self.bytes_max:
            raise InvalidMessageError(
                self._name, "$", f"{len(data)} bytes; at most {self.bytes_max} are read"
            )
        if self._framing is Framing.WORD:
            return self._decode_word(data)
        try:
            value = self._decoder.decode(data)
        except UNREADABLE as error:
            raise InvalidMessageError(self._name, *_path_and_reason(error)) from error
        if self._no_amount is not None and (path := self._no_amount(value)) is not None:
            raise InvalidMessageError(
                self._name, f"${path}", f"Expected a finite amount up to {AMOUNT_MAX:,}"
            )
        return value

    def _decode_word(self, data: bytes) -> T:
        # The older system was seen to write the same word with and without JSON quotes.
        word = data.decode("utf-8", "replace").strip('"')
        try:
            value: T = msgspec.convert(word, self._payload)
        except msgspec.ValidationError as error:
            raise InvalidMessageError(self._name, "$", self._wrong_word(word, error)) from error
        return value

    def _wrong_word(self, word: str, error: msgspec.ValidationError) -> str:
        if isinstance(self._payload, type) and issubclass(self._payload, StrEnum):
            return f"{word!r} is none of {', '.join(self._payload)}"
        return str(error)


def _path_and_reason(error: Exception) -> tuple[str, str]:
    """Return where a value does not fit and why, from what its decoder says."""
    match = _PATH.match(str(error))
    if match is None:
        return "$", str(error)
    path, reason = match["path"] or "$", match["reason"]
    if isinstance(error.__cause__, WrongFieldError):
        return f"{path}.{error.__cause__.field}", reason
    return path, f"a key: {reason}" if match["key"] else reason


def _difference(written: Any, seen: Any, path: str) -> tuple[str, str]:
    """Return the path of the first value that its reader would see otherwise, and why."""
    if type(written) is type(seen):
        for (step, mine), (_, theirs) in zip(parts_of(written), parts_of(seen), strict=False):
            if mine != theirs:
                return _difference(mine, theirs, path + step)
    return path, f"{written!r:.100} would be read as {seen!r:.100}"
