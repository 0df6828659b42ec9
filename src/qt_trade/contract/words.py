"""Why a connection failed, in words a person understands; the error's own stand behind them."""

import socket
import ssl
from collections.abc import Iterator

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    RedisError,
)

from qt_trade.kit.logs import mask_secrets

_WORDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (ssl.SSLError, "{place} does not speak TLS as it should ({detail})"),
    (socket.gaierror, "nobody knows a machine of the name in {place} ({detail})"),
    (ConnectionRefusedError, "nothing listens at {place}"),
    (FileNotFoundError, "a file is missing on the way to {place} ({detail})"),
    ((ConnectionResetError, BrokenPipeError), "{place} cut the connection"),
    (NoPermissionError, "the server does not permit it to this user ({detail})"),
    (AuthenticationError, "the server refuses user or password ({detail})"),
    (BusyLoadingError, "{place} is there, but still loads its data"),
    (TimeoutError, "no answer from {place} in time"),
)
"""The first that fits: children before their parents."""
_PARTS = (
    (RedisError, "Connection closed by server", "{place} closed the connection"),
    (OSError, "Connect call failed", "nothing answers at any address of {place}"),
)
"""Known by a part of what they say, and by nothing else."""
_SILENT = "no answer"
"""Begins our own words for a server that is silent, which tell how long."""


def is_refusal(error: BaseException) -> bool:
    """Whether the server is there and says no, so that trying again changes nothing."""
    return any(isinstance(one, AuthenticationError | NoPermissionError) for one in _chain(error))


def words_of(error: BaseException, place: str) -> str:
    """Return why ``place`` (``host:port``) could not be reached, without any secret."""
    known = (_known(one, place) for one in _chain(error))
    own = mask_secrets(str(error)) or type(error).__name__
    return next((words for words in known if words), own)


def _known(error: BaseException, place: str) -> str:
    said = mask_secrets(str(error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {place} is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError) and said.startswith(_SILENT):
        return f"{_SILENT} from {place}{said.removeprefix(_SILENT)}"
    words = next((words for kinds, words in _WORDS if isinstance(error, kinds)), "")
    parts = (words for kind, part, words in _PARTS if isinstance(error, kind) and part in said)
    return (words or next(parts, "")).format(place=place, detail=said)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Go from what was caught to what began it: redis-py keeps causes only as contexts."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
