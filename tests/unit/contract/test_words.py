"""Why a connection failed, in words: those of each kind of error, whatever wraps it."""

import contextlib
import socket
import ssl

import pytest
from redis import exceptions

from qt_trade.contract.words import is_refusal, words_of


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "refused"), "nothing listens at h:1"),
        (ConnectionResetError(104, "reset"), "h:1 cut the connection"),
        (socket.gaierror(-2, "Name or service not known"), "nobody knows a machine of the name in"),
        (ssl.SSLError(1, "wrong version number"), "h:1 does not speak TLS as it should"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed"), "any address of h:1"),
        (TimeoutError(), "no answer from h:1 in time"),
        (TimeoutError("no answer within 1 s"), "no answer from h:1 within 1 s"),
        (exceptions.ConnectionError("Connection closed by server."), "h:1 closed the connection"),
        (exceptions.BusyLoadingError("LOADING"), "h:1 is there, but still loads its data"),
        (exceptions.AuthenticationError("WRONGPASS"), "refuses user or password (WRONGPASS)"),
        (exceptions.NoPermissionError("SUBSCRIBE"), "does not permit it to this user (SUBSCRIBE)"),
        (exceptions.ResponseError("DB index is out of range"), "DB index is out of range"),
        (exceptions.RedisError(), "RedisError"),
        (OSError("redis://:s3cret@h is away"), "redis://:***@h is away"),
    ],
)
def test_every_kind_of_failure_has_its_words(error: Exception, words: str) -> None:
    """Bare, and as redis-py wraps it: raised while the first is handled."""
    assert words in words_of(error, "h:1")
    try:
        _fail_as_redis_py_does(error)
    except exceptions.RedisError as wrapped:
        assert words in words_of(wrapped, "h:1")


def _fail_as_redis_py_does(error: Exception) -> None:
    with contextlib.ExitStack() as stack:

        @stack.push
        def _wrap(_kind: object, _error: object, _trace: object) -> None:
            raise exceptions.RedisError(str(error))

        raise error


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (exceptions.AuthenticationError(), True),
        (exceptions.NoPermissionError(), True),
        (exceptions.ConnectionError(), False),
        (exceptions.BusyLoadingError(), False),
        (ssl.SSLCertVerificationError(), False),
    ],
)
def test_only_a_no_to_the_log_in_is_a_refusal(error: BaseException, *, refusal: bool) -> None:
    """All else is tried again: certificates are renewed, machines come back."""
    assert is_refusal(error) is refusal
