"""Alpaca's REST interface: one request is one attempt, and its failure says what is known of it.

A request that changes something is never repeated here. Its time-out, a 5xx or a cut connection
leave it open whether it was carried out: AmbiguousAnswerError. Only where nothing can have left
this machine, or where Alpaca says that it did nothing (429, bad keys), it is BrokerAwayError. What
Alpaca refuses in words is RefusedError.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar

import httpx
import msgspec

from qt_trade.brokers.alpaca.wire import WireError
from qt_trade.model.alpaca_access import Access, base_url
from qt_trade.model.broker_errors import AmbiguousAnswerError, BrokerAwayError

T = TypeVar("T")

REQUESTS_PER_MINUTE = 200
"""Alpaca's documented limit of an account; what we keep to ourselves, so that it never strikes."""
KEPT_FOR_ORDERS = 60
"""Of these requests questions leave so many to orders: an emergency asks every second."""
KEPT_FOR_ESCAPE = 10
"""And orders leave so many to cancels."""
MINUTE_S = 60.0
TIMEOUT = httpx.Timeout(connect=3.0, read=10.0, write=5.0, pool=3.0)
UNAUTHORIZED = 40110000
_NOTHING_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class RefusedError(Exception):
    """Alpaca understood the request and refuses it, in its own words."""

    def __init__(self, status: int, code: int | None, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.code = code

    @property
    def unknown(self) -> bool:
        """Whether it says that there is no such thing."""
        return self.status == HTTPStatus.NOT_FOUND


class KeysRefusedError(BrokerAwayError):
    """Alpaca does not know the keys: nothing works until there are others."""


class Budget:
    """How many requests may still leave within a minute, and since when Alpaca wants none."""

    def __init__(self, monotonic: Callable[[], float], limit: int = REQUESTS_PER_MINUTE) -> None:
        self._monotonic = monotonic
        self._limit = limit
        self._left: deque[float] = deque()
        self._paused_until = 0.0

    def wait_s(self, keep: int = 0) -> float:
        """Return how long the next request has to wait while ``keep`` are left for others."""
        now = self._monotonic()
        while self._left and self._left[0] <= now - MINUTE_S:
            self._left.popleft()
        room = self._limit - keep - len(self._left)
        full = 0.0 if room > 0 else self._left[-room] + MINUTE_S - now
        return max(full, self._paused_until - now, 0.0)

    def count(self) -> None:
        """Note that a request leaves now."""
        self._left.append(self._monotonic())

    def pause(self, seconds: float) -> None:
        """Let nothing leave for so long."""
        self._paused_until = max(self._paused_until, self._monotonic() + seconds)


class AlpacaRest:
    """One account's REST interface. ``requests`` counts what left."""

    def __init__(
        self,
        access: Access,
        budget: Budget,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._budget = budget
        self._now = now
        self._sleep = sleep
        self._http = httpx.AsyncClient(
            base_url=base_url(access),
            headers={
                "APCA-API-KEY-ID": access.keys.key_id,
                "APCA-API-SECRET-KEY": access.keys.secret,
            },
            timeout=timeout,
            trust_env=False,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def ask(self, path: str, params: dict[str, str], into: type[T]) -> T:
        """Return what a GET answers; waits for its turn. Raises BrokerAwayError, RefusedError."""
        while (wait_s := self._budget.wait_s(KEPT_FOR_ORDERS)) > 0:
            await self._sleep(wait_s)
        try:
            answer = await self._request("GET", path, params, None)
            return msgspec.json.decode(answer.content, type=into)
        except msgspec.MsgspecError as error:
            raise BrokerAwayError(f"Alpaca's answer to {path} cannot be read: {error}") from error
        except AmbiguousAnswerError as error:
            raise BrokerAwayError(str(error)) from error

    async def tell(
        self, method: str, path: str, body: msgspec.Struct | None, *, escape: bool = False
    ) -> bytes:
        """Have something done, at once or not at all. ``escape``: it lowers the risk.

        Raises AmbiguousAnswerError, BrokerAwayError, RefusedError.
        """
        wait_s = self._budget.wait_s(0 if escape else KEPT_FOR_ESCAPE)
        if wait_s > 0:
            raise BrokerAwayError(f"Alpaca takes the next request in {wait_s:.1f} s", wait_s)
        content = None if body is None else msgspec.json.encode(body)
        return (await self._request(method, path, None, content)).content

    async def _request(
        self, method: str, path: str, params: dict[str, str] | None, content: bytes | None
    ) -> httpx.Response:
        self._budget.count()
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            answer = await self._http.request(
                method, path, params=params, content=content, headers=headers
            )
        except _NOTHING_LEFT as error:
            raise BrokerAwayError(f"Alpaca cannot be reached: {_named(error)}") from error
        except httpx.HTTPError as error:
            raise AmbiguousAnswerError(f"no answer from Alpaca: {_named(error)}") from error
        self._check(answer)
        return answer

    def _check(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if answer.is_success:
            return
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            pause_s = self._pause_of(answer)
            self._budget.pause(pause_s)
            raise BrokerAwayError("Alpaca wants fewer requests", pause_s)
        if answer.is_server_error or status < HTTPStatus.BAD_REQUEST:
            raise AmbiguousAnswerError(f"Alpaca answers {status}")
        error = _error_of(answer)
        no_code = error.code is None or error.code == UNAUTHORIZED
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and no_code:
            raise KeysRefusedError(f"Alpaca refuses the keys: {error.message}")
        raise RefusedError(status, error.code, error.message)

    def _pause_of(self, answer: httpx.Response) -> float:
        """Return how long to wait after a 429: as it says, or to the end of its window."""
        try:
            given = answer.headers.get("Retry-After")
            if given is not None:
                return max(float(given), 0.1)
            reset = datetime.fromtimestamp(float(answer.headers["X-RateLimit-Reset"]), UTC)
        except (KeyError, ValueError, OverflowError):
            return 1.0
        return min(max((reset - self._now()).total_seconds(), 0.1), MINUTE_S)


def _error_of(answer: httpx.Response) -> WireError:
    try:
        return msgspec.json.decode(answer.content, type=WireError)
    except msgspec.MsgspecError:
        return WireError(message=f"status {answer.status_code} without words", code=0)


def _named(error: Exception) -> str:
    return str(error) or type(error).__name__
