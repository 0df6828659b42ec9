"""The way to an AI: one chat completion over an OpenAI-compatible interface.

The only module that imports ``openai``, and only when a client is made: that takes most of a
second. The library's own repeats are off, because they neither know our budget nor heed a long
``Retry-After``; its environment variables do not count, because they are meant for another vendor.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import msgspec

from qt_trade.intelligence.candidates.costs import Usage
from qt_trade.intelligence.candidates.errors import (
    AiAwayError,
    AiCreditError,
    AiError,
    AiGarbledError,
    AiKeyRefusedError,
    AiLateError,
    AiLimitedError,
    AiRejectedError,
)
from qt_trade.intelligence.candidates.text import plain

if TYPE_CHECKING:
    import openai

RAW_MAX = 200_000
"""So much of what came is kept."""
WORDS_MAX = 200
PAUSE_S, PAUSE_MAX_S = 60.0, 86_400.0
"""After a 429 that names no time; nobody is left alone for longer than a day on his word."""
_BAD_REQUEST, _UNAUTHENTICATED, _FORBIDDEN, _TOO_MANY, _SERVER_ERROR = 400, 401, 403, 429, 500
_UNAVAILABLE = 503
_DIGITS_MAX = 9
_NEVER_SENT = ("ConnectError", "ConnectTimeout", "ProxyError", "UnsupportedProtocol")
"""Failures of the connection after which nobody has seen the question, nor can bill it."""
_NO_MONEY = ("credits", "spending limit", "insufficient_quota", "billing")
"""In the words of a 429 that waiting does not mend."""


@dataclass(frozen=True, slots=True)
class AiAccess:
    """Where the AI is. ``timeout_s``: for a whole answer. ``key`` empty: it wants none."""

    base_url: str
    key: str
    timeout_s: float

    def __repr__(self) -> str:
        return f"AiAccess({self.base_url})"


@dataclass(frozen=True, slots=True)
class AiReply:
    """What came back. ``finish``: why it ends, "stop" for a whole one; ``refusal``: its words."""

    model: str
    text: str
    finish: str
    refusal: str
    cited: tuple[str, ...]
    usage: Usage
    usage_json: str
    request_id: str
    raw: str


class AiClient:
    """Asks one AI, once per call. ``now``: the wall's time, for a limit until a date."""

    def __init__(self, access: AiAccess, now: Callable[[], datetime]) -> None:
        import openai  # noqa: PLC0415  # 600 ms, for who has an AI

        for library in ("openai", "httpx2", "httpcore2"):
            # They tell addresses, headers and whole questions.
            logging.getLogger(library).setLevel(logging.WARNING)
        self._openai = openai
        self._access = access
        self._now = now
        self._client = openai.AsyncOpenAI(
            api_key=access.key or "none",
            base_url=access.base_url,
            max_retries=0,
            timeout=access.timeout_s,
            http_client=openai.DefaultAsyncHttpxClient(trust_env=False, follow_redirects=False),
        )
        self._client.organization = self._client.project = None

    async def ask(self, body: Mapping[str, Any]) -> AiReply:
        """Return what the AI says. Raises an AiError named by what to do next."""
        create: Callable[..., Any] = self._client.chat.completions.with_raw_response.create
        try:
            async with asyncio.timeout(self._access.timeout_s):
                answer = await create(**body)
        except (TimeoutError, self._openai.APITimeoutError):
            raise AiLateError(f"no whole answer within {self._access.timeout_s:g} s") from None
        except self._openai.APIStatusError as error:
            raise self._judged(error) from None
        except self._openai.OpenAIError as error:
            cause = type(error.__cause__ or error).__name__
            if cause in _NEVER_SENT:
                raise AiAwayError(f"it cannot be reached: {cause}") from None
            words = f"the connection broke before an answer came: {cause}"
            raise AiLateError(words) from None
        headers = {name: self._hidden(value) for name, value in answer.headers.items()}
        return reply_of(self._hidden(answer.http_response.text), headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _judged(self, error: "openai.APIStatusError") -> AiError:
        told = error.response.headers.items()
        headers = {name.lower(): self._hidden(value) for name, value in told}
        # Cut after it is hidden: half a key would not be found.
        raw = self._hidden(error.response.text)[:RAW_MAX]
        return judge(error.status_code, headers, raw, self._now())

    def _hidden(self, text: str) -> str:
        """Return the text without the key: a server may repeat what it does not accept."""
        return text.replace(self._access.key, "***") if self._access.key else text


def judge(status: int, headers: Mapping[str, str], raw: str, now: datetime) -> AiError:
    """Return what an answer that is none means. ``headers`` by lower-case names.

    xAI tells errors flat, ``{"code", "error"}``, and a wrong key as 400; OpenAI nests them.
    """
    code, words = _told(raw)
    said = plain(words, WORDS_MAX) or f"HTTP {status}"
    request_id = _request_id(headers)
    if status in (_UNAUTHENTICATED, _FORBIDDEN) or (
        status == _BAD_REQUEST and "api key" in words.lower()
    ):
        return AiKeyRefusedError(f"it refuses the key: {said}", raw, request_id)
    if status == _TOO_MANY or (status == _UNAVAILABLE and "retry-after" in headers):
        if any(sign in f"{code} {words}".lower() for sign in _NO_MONEY):
            return AiCreditError(f"its account has no money left: {said}", raw, request_id)
        wait_s = _retry_after_s(headers, now)
        limited = f"it limits the rate and asks for {wait_s:.0f} s: {said}"
        return AiLimitedError(limited, wait_s, raw, request_id)
    if status >= _SERVER_ERROR:
        return AiAwayError(f"its server answers HTTP {status}", raw, request_id)
    return AiRejectedError(f"it does not accept the question: {said}", raw, request_id)


def _told(raw: str) -> tuple[str, str]:
    """Return code and words of an error, both empty for a gateway's HTML."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    error = body.get("error", "")
    if isinstance(error, dict):
        return str(error.get("code", "")), str(error.get("message", ""))
    return str(body.get("code", "")), str(error)


def _retry_after_s(headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds to wait: HTTP allows a number of them, or a date (RFC 9110, 10.2.3)."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked[:_DIGITS_MAX]), PAUSE_MAX_S)
    try:
        until = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return PAUSE_S
    # Without a zone it is told in UTC, as the old forms of a date are.
    aware = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), PAUSE_MAX_S)


def _request_id(headers: Mapping[str, str]) -> str:
    return plain(headers.get("x-request-id", ""), 80)


# A good answer, as far as it matters: unknown fields are a newer interface's.


class _Link(msgspec.Struct):
    url: str = ""


class _Annotation(msgspec.Struct):
    url: str = ""
    url_citation: _Link | None = None


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    annotations: list[_Annotation] | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cost_in_usd_ticks: int | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    model: str = ""
    id: str = ""
    usage: _Usage | None = None
    citations: list[str] | None = None


def reply_of(raw: str, headers: Mapping[str, str]) -> AiReply:
    """Return what a good answer says. Raises AiGarbledError."""
    request_id = _request_id({name.lower(): value for name, value in headers.items()})
    try:
        found = msgspec.json.decode(raw, type=_Completion)
        choice = found.choices[0]
    except (msgspec.DecodeError, UnicodeError, RecursionError, IndexError) as error:
        words = f"what came is no answer: {plain(str(error), WORDS_MAX)}"
        raise AiGarbledError(words, raw[:RAW_MAX], request_id) from None
    usage = found.usage or _Usage()
    return AiReply(
        model=plain(found.model, 80),
        text=choice.message.content or "",
        finish=choice.finish_reason or "",
        refusal=plain(choice.message.refusal or "", WORDS_MAX),
        cited=_citations(found, choice.message),
        usage=Usage(
            usage.prompt_tokens, usage.completion_tokens, usage.total_tokens,
            usage.cost_in_usd_ticks,
        ),
        usage_json="" if found.usage is None else msgspec.json.encode(usage).decode(),
        request_id=request_id or plain(found.id, 80),
        raw=raw[:RAW_MAX],
    )  # fmt: skip


def _citations(found: _Completion, message: _Message) -> tuple[str, ...]:
    notes = message.annotations or []
    links = (one.url or (one.url_citation.url if one.url_citation else "") for one in notes)
    return tuple(dict.fromkeys(link for link in (*(found.citations or []), *links) if link))
