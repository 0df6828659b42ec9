"""Between bytes and payloads: validates on the way in and on the way out."""

import re
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from qt_trade.contract.endpoints import Endpoint, Framing
from qt_trade.contract.errors import InvalidMessageError

T = TypeVar("T")

MESSAGE_BYTES_MAX = 4_000_000
"""A message larger than this is refused unread; the largest of ours are far below."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_PATH = re.compile(r"(?P<reason>.*?)(?: - at `(?P<path>[^`]+)`)?$", re.DOTALL)


class Codec(Generic[T]):
    """Encodes and decodes one payload type for one endpoint."""

    def __init__(self, endpoint: Endpoint[T], framing: Framing = Framing.JSON) -> None:
        self._name = endpoint.name
        self._framing = framing
        self._payload: Any = endpoint.payload
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(endpoint.payload)

    def encode(self, value: T) -> bytes:
        """Return the wire form.

        Raises InvalidMessageError when the value would not pass its reader: what is written is
        read back first, because constructing a payload checks no types.
        """
        if self._framing is Framing.WORD:
            data = str(value).encode()
        else:
            try:
                data = _ENCODER.encode(value)
            except (TypeError, ValueError) as error:
                raise InvalidMessageError(self._name, "$", str(error)) from error
        self.decode(data)
        return data

    def decode(self, data: bytes) -> T:
        """Return the payload.

        Raises InvalidMessageError that names the path of the field and what would be right.
        """
        if len(data) > MESSAGE_BYTES_MAX:
            raise InvalidMessageError(
                self._name, "$", f"{len(data)} bytes; at most {MESSAGE_BYTES_MAX} are read"
            )
        if self._framing is Framing.WORD:
            return self._decode_word(data)
        try:
            return self._decoder.decode(data)
        except (msgspec.DecodeError, ValueError) as error:
            match = _PATH.match(str(error))
            reason, path = (match["reason"], match["path"]) if match else (str(error), None)
            raise InvalidMessageError(self._name, path or "$", reason) from error

    def _decode_word(self, data: bytes) -> T:
        # The older system was seen to write the same word with and without JSON quotes.
        word = data.decode("utf-8", "replace").strip('"')
        words: type[StrEnum] = self._payload
        try:
            value: Any = words(word)
        except ValueError as error:
            allowed = ", ".join(words)
            raise InvalidMessageError(self._name, "$", f"{word!r} is none of {allowed}") from error
        result: T = value
        return result
