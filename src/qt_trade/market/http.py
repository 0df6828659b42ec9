"""A provider's HTTP interface: through the gate, with time-outs, every answer judged once."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NoReturn

import httpx

from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    RateLimitedError,
    UnreachableError,
)
from qt_trade.market.gate import Gate, Told

TIMEOUT_S = 10.0
"""For a whole answer, from the connection to its last byte."""
PATIENCE_S = 5.0
"""How long a call waits for its turn before it is told that there is none."""
PAUSE_S = 60.0
"""After a 429 that names no time."""
PAUSE_MAX_S = 86_400.0
"""Nobody is left alone for longer than a day on his word."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``headers`` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self, vendor: str) -> Any:
        """Return the body. Raises BadAnswerError for what is no JSON, NaN among it."""
        if not self.text.strip():
            raise BadAnswerError(vendor, "it is empty")
        try:
            return json.loads(self.text, parse_constant=_no_number)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "no content type")
            raise BadAnswerError(vendor, f"no JSON ({kind})") from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


Judge = Callable[[Answer], MarketDataError | None]
"""Names what is wrong with an answer in the vendor's own words; None: nothing."""


@dataclass(frozen=True, slots=True)
class HttpLine:
    """How a vendor is spoken to. ``judge``: its errors, also those in a 200's body.

    ``told``: what an answer's headers say of the quota. ``parameters``: in every query.
    """

    vendor: str
    base_url: str
    judge: Judge
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    told: Callable[[Answer], Sequence[Told]] = lambda _answer: ()
    timeout_s: float = TIMEOUT_S
    patience_s: float = PATIENCE_S


class ProviderHttp:
    """Asks one provider. Never logs an address: keys stand in queries."""

    def __init__(self, line: HttpLine, gate: Gate, concurrency: int) -> None:
        self._line = line
        self._gate = gate
        for library in ("httpx", "httpcore", "hpack"):
            # They tell addresses and headers, and keys stand in both.
            logging.getLogger(library).setLevel(logging.WARNING)
        # A turn is taken when the call can leave at once: else several would arrive together late.
        self._room = asyncio.Semaphore(concurrency)
        self._client = httpx.AsyncClient(
            base_url=line.base_url,
            headers=dict(line.headers),
            http2=line.base_url.startswith("https"),
            timeout=None,  # noqa: S113  # one for the whole answer is set below
            limits=httpx.Limits(max_connections=concurrency),
            trust_env=False,
        )

    async def get(self, path: str, parameters: Mapping[str, str], *, cost: int = 1) -> Any:
        """Return the JSON of a good answer.

        Raises a MarketDataError named by what to do next; all processes hear how it went.
        """
        async with self._room:
            await self._gate.enter(cost, self._line.patience_s)
            told: Sequence[Told] = ()
            try:
                answer = await self._ask(path, parameters)
                told = self._told(answer)
                body = self._judged(answer)
            except MarketDataError as error:
                await self._gate.settle(error, told)
                raise
            await self._gate.settle(None, told)
            return body

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, path: str, parameters: Mapping[str, str]) -> Answer:
        query = {**self._line.parameters, **parameters}
        try:
            async with asyncio.timeout(self._line.timeout_s):
                response = await self._client.get(path, params=query)
        except TimeoutError:
            because = f"no whole answer for {self._line.timeout_s:g} s"
            raise UnreachableError(self._line.vendor, because) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Not its text: that may hold the address, and the address the key.
            raise UnreachableError(self._line.vendor, type(error).__name__) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, response.text)

    def _told(self, answer: Answer) -> Sequence[Told]:
        try:
            return self._line.told(answer)
        except ValueError:
            # A header that is no number tells nothing; the answer may be good all the same.
            return ()

    def _judged(self, answer: Answer) -> Any:
        """Return a good answer's body.

        The vendor's own words go first; a gateway before it, which speaks HTML, is judged by the
        status alone.
        """
        vendor, failed = self._line.vendor, answer.status >= HTTPStatus.BAD_REQUEST
        try:
            error = self._line.judge(answer)
        except BadAnswerError:
            if not failed:
                raise
            error = None
        if error is not None:
            raise error
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimitedError(vendor, retry_after_s(answer))
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in answer.headers:
            raise RateLimitedError(vendor, retry_after_s(answer))
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise UnreachableError(vendor, f"its server answers HTTP {answer.status}")
        if failed or answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise BadAnswerError(vendor, f"HTTP {answer.status}")
        return answer.json(vendor)


def retry_after_s(answer: Answer, otherwise_s: float = PAUSE_S) -> float:
    """Return the seconds that ``Retry-After`` asks for, as a number or a date (RFC 9110, 10.2.3).

    A date is held against the answer's own ``Date``: the two clocks need not agree. Nonsense
    counts as no word, and more than PAUSE_MAX_S as that.
    """
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), PAUSE_MAX_S)
    until = _http_date(asked)
    now = _http_date(answer.headers.get("date", ""))
    if until is None or now is None:
        return otherwise_s
    return min(max((until - now).total_seconds(), 0.0), PAUSE_MAX_S)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
