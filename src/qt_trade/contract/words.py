"""Why a connection failed, in words a person understands; the error's own stand behind them."""

import socket
import ssl
from collections.abc import Iterator

from redis.exceptions import AuthenticationError, BusyLoadingError, NoPermissionError

from qt_trade.kit.logs import mask_secrets

_WORDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (ssl.SSLError, "{place} does not speak TLS as it should"),
    (socket.gaierror, "nobody knows a machine of the name in {place}"),
    (ConnectionRefusedError, "nothing listens at {place}"),
    (FileNotFoundError, "a file is missing on the way to {place}"),
    ((ConnectionResetError, BrokenPipeError), "{place} cut the connection"),
    (NoPermissionError, "the server does not permit it to this user"),
    (AuthenticationError, "the server refuses user or password"),
    (BusyLoadingError, "{place} is there, but still loads its data"),
    (TimeoutError, "no answer from {place} in time"),
)
"""The first that fits: children before their parents."""
_SILENT = "no answer"
"""Begins our own words for a server that is silent, which tell how long."""


def is_refusal(error: BaseException) -> bool:
    """Whether the server is there and says no, so that trying again changes nothing."""
    return any(isinstance(one, AuthenticationError | NoPermissionError) for one in _chain(error))


def words_of(error: BaseException, place: str) -> str:
    """Return why ``place`` (``host:port``) could not be reached, without any secret."""
    for one in _chain(error):
        words, detail = _known(one, place), mask_secrets(str(one))
        if words:
            return words if detail in words or words.startswith(_SILENT) else f"{words} ({detail})"
    return mask_secrets(str(error)) or type(error).__name__


def _known(error: BaseException, place: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {place} is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError) and str(error).startswith(_SILENT):
        return f"{_SILENT} from {place}{str(error).removeprefix(_SILENT)}"
    words = next((words for kinds, words in _WORDS if isinstance(error, kinds)), "")
    return words.format(place=place)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Go from what was caught to what began it: redis-py keeps causes only as contexts."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
