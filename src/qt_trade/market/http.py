"""A provider's HTTP interface: through the gate, with time-outs, every answer judged once."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    RateLimitedError,
    UnreachableError,
)
from qt_trade.market.gate import Gate, Told

TIMEOUT_S = 10.0
PATIENCE_S = 5.0
"""How long a call waits for its turn before it is told that there is none."""
PAUSE_S = 60.0
"""After a 429 that names no time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``headers`` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self, vendor: str) -> Any:
        """Return the body. Raises BadAnswerError for what is no JSON."""
        try:
            return json.loads(self.text)
        except ValueError as error:
            kind = self.headers.get("content-type", "no content type")
            raise BadAnswerError(vendor, f"no JSON ({kind})") from error


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
        self._client = httpx.AsyncClient(
            base_url=line.base_url,
            headers=dict(line.headers),
            http2=line.base_url.startswith("https"),
            timeout=httpx.Timeout(line.timeout_s),
            limits=httpx.Limits(max_connections=concurrency),
            trust_env=False,
        )

    async def get(self, path: str, parameters: Mapping[str, str], *, cost: int = 1) -> Any:
        """Return the JSON of a good answer.

        Raises a MarketDataError named by what to do next; all processes hear how it went.
        """
        await self._gate.enter(cost, self._line.patience_s)
        told: Sequence[Told] = ()
        try:
            answer = await self._ask(path, parameters)
            told = self._line.told(answer)
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
            response = await self._client.get(path, params=query)
        except httpx.TimeoutException as error:
            because = f"no answer for {self._line.timeout_s:.0f} s"
            raise UnreachableError(self._line.vendor, because) from error
        except httpx.HTTPError as error:
            # Not its text: that may hold the address, and the address the key.
            raise UnreachableError(self._line.vendor, type(error).__name__) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, response.text)

    def _judged(self, answer: Answer) -> Any:
        vendor = self._line.vendor
        if (error := self._line.judge(answer)) is not None:
            raise error
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimitedError(vendor, retry_after_s(answer))
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise UnreachableError(vendor, f"its server answers HTTP {answer.status}")
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise BadAnswerError(vendor, f"HTTP {answer.status}")
        return answer.json(vendor)


def retry_after_s(answer: Answer, otherwise_s: float = PAUSE_S) -> float:
    """Return the seconds that ``Retry-After`` asks for; a date or nonsense counts as none."""
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isdigit() else otherwise_s
