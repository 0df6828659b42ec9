"""The blocking half of Yahoo: one request at a time through yfinance, errors named by what to do.

yfinance brings cookie, crumb and a browser's handshake. Its frames are not used: one request brings
the rows, the splits and the name of a share, and its tables let go of the last.

Importing this takes seconds (yfinance, pandas); only the thread of ``yahoo_thread`` does.
"""

import json
import logging
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import yfinance
from curl_cffi import requests
from curl_cffi.requests.exceptions import RequestException
from yfinance.data import YfData
from yfinance.exceptions import YFException, YFRateLimitError

from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    RateLimitedError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.http import Answer, retry_after_s
from qt_trade.market.providers.yahoo_answers import Chart, chart_of
from qt_trade.market.providers.yahoo_company import MODULES, fundamentals_of, news_of, peg_of
from qt_trade.market.providers.yahoo_format import (
    PAUSE_MIN_S,
    VENDOR,
    from_yahoo,
    to_yahoo,
)
from qt_trade.model.companies import Fundamentals, NewsItem
from qt_trade.model.symbols import Symbol

_HOST = "https://query2.finance.yahoo.com"
_CHART = "/v8/finance/chart/"
_SUMMARY = "/v10/finance/quoteSummary/"
_SERIES = "/ws/fundamentals-timeseries/v1/finance/timeseries/"
_NEWS = "/xhr/ncp"
_JUDGED = (_CHART, _SUMMARY, _SERIES, _NEWS)
"""What comes before the symbol, if there is one; cookies and crumbs are yfinance's own matter."""
_NEWS_HOST = "https://finance.yahoo.com"
_NEWS_QUERY = {"queryRef": "latestNews", "serviceKey": "ncp_fin"}
_NEWS_MAX = 10
_BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 400, 401, 404, 429, 500

_ONE_AT_A_TIME = threading.Lock()
"""yfinance keeps one session, one cookie and one crumb for the whole process."""


class YahooClient:
    """Asks Yahoo. Every method raises MarketDataErrors and nothing else.

    ``base_url`` sends every request there instead of to Yahoo's hosts (a loopback emulator).
    """

    def __init__(self, base_url: str | None, timeout_s: float, cache_dir: str | None) -> None:
        yfinance.config.debug.hide_exceptions = False
        logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # what matters arrives as errors
        if cache_dir is not None:
            yfinance.set_tz_cache_location(cache_dir)
        self._session = _Session(base_url, timeout_s)

    def chart(self, symbol: Symbol, interval: str, span: Mapping[str, str]) -> Chart:
        """Return one chart of regular hours with its splits and dividends.

        ``interval``: as Yahoo writes it (``1m``). ``span``: its ``range``, or ``period1`` and
        ``period2`` in Unix seconds, the second not included.
        """
        asked = {"interval": interval, "includePrePost": "false", "events": "div,splits", **span}
        return chart_of(self._get(f"{_CHART}{to_yahoo(symbol)}", asked))

    def summary(self, symbol: Symbol) -> Fundamentals:
        """Return the company in figures."""
        name = to_yahoo(symbol)
        asked = {"modules": ",".join(MODULES), "formatted": "false", "symbol": name}
        return fundamentals_of(symbol, self._get(_SUMMARY + name, asked))

    def peg(self, symbol: Symbol, since: datetime, until: datetime) -> float | None:
        """Return the newest trailing PEG ratio of a time."""
        name = to_yahoo(symbol)
        asked = {
            "symbol": name,
            "type": "trailingPegRatio",
            "period1": str(int(since.timestamp())),
            "period2": str(int(until.timestamp())),
        }
        return peg_of(self._get(_SERIES + name, asked))

    def news(self, symbol: Symbol, since: datetime) -> list[NewsItem]:
        """Return headlines since a moment, newest first."""
        asked = {"serviceConfig": {"snippetCount": _NEWS_MAX, "s": [to_yahoo(symbol)]}}
        with _named_errors(), _ONE_AT_A_TIME:
            yahoo = YfData(session=self._session)
            body = _good(yahoo.post(_NEWS_HOST + _NEWS, body=asked, params=_NEWS_QUERY))
        return news_of(symbol, body, since)

    def stop(self) -> None:
        """Let no further request begin; may be called from any thread."""
        self._session.stopped = True

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _get(self, path: str, parameters: Mapping[str, str]) -> str:
        with _named_errors(), _ONE_AT_A_TIME:
            return _good(YfData(session=self._session).get(_HOST + path, params=dict(parameters)))


@contextmanager
def _named_errors() -> Iterator[None]:
    """Turn whatever yfinance and curl raise into errors named by what to do next."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # yfinance 1.7 uses what pandas 3 deprecates
            yield
    except MarketDataError:
        raise
    except YFRateLimitError as error:
        raise RateLimitedError(VENDOR, PAUSE_MIN_S) from error
    except RequestException as error:
        raise UnreachableError(VENDOR, _first_line(error)) from error
    except YFException as error:
        raise BadAnswerError(VENDOR, _first_line(error)) from error
    except (json.JSONDecodeError, KeyError, IndexError, TypeError, ValueError, AttributeError) as e:
        # yfinance trusts the shape of what it reads; each of these is an odd answer.
        raise BadAnswerError(VENDOR, f"{type(e).__name__}: {_first_line(e)}") from e


class _Session(requests.Session[requests.Response]):
    """A browser-like session that can be sent elsewhere, and that reads the status first.

    yfinance answers any status from 400 on by fetching new cookies and asking once more, which is
    right after 401 and the wrong thing to do after 404, 422, 429 and 5xx. Nor does it limit the
    time of every request.
    """

    def __init__(self, base_url: str | None, timeout_s: float) -> None:
        super().__init__(impersonate="chrome", trust_env=base_url is None)
        self._elsewhere = base_url
        self._timeout_s = timeout_s
        self.stopped = False

    def request(self, method: Any, url: str, *args: Any, **options: Any) -> Any:
        if self.stopped:
            # One question is up to five requests to yfinance, and each may run into its time-out.
            raise UnreachableError(VENDOR, "it is no longer asked")
        parts = urlsplit(url)
        if self._elsewhere is not None:
            there = urlsplit(self._elsewhere)
            url = urlunsplit((there.scheme, there.netloc, parts.path or "/", parts.query, ""))
        options["timeout"] = self._timeout_s
        response = super().request(method, url, *args, **options)
        for path in _JUDGED:
            if parts.path.startswith(path):
                _status_is_good(response, parts.path.removeprefix(path))
        return response


def _status_is_good(response: requests.Response, name: str) -> None:
    status = response.status_code
    if status == _NOT_FOUND and name:
        raise UnknownSymbolError(VENDOR, from_yahoo(name))
    if status == _TOO_MANY:
        headers = {name.lower(): value or "" for name, value in response.headers.items()}
        answer = Answer(status, headers, response.text)
        raise RateLimitedError(VENDOR, max(PAUSE_MIN_S, retry_after_s(answer)))
    if status >= _SERVER_ERROR:
        raise UnreachableError(VENDOR, f"its server answers HTTP {status}")
    if status >= _BAD_REQUEST and status != _UNAUTHORIZED:
        raise BadAnswerError(VENDOR, f"HTTP {status}: {_told(response.text)}")


def _good(response: Any) -> str:
    """Return an answer's body. A 401 has been asked again with a new crumb by now."""
    if response.status_code >= _BAD_REQUEST:
        words = _told(response.text)
        raise UnreachableError(VENDOR, f"it answers HTTP {response.status_code} ({words})")
    return str(response.text)


def _told(body: str) -> str:
    """Return what an error's body says: ``{"chart": {"error": {"description": ...}}}``."""
    try:
        (inner,) = json.loads(body).values()
        return str(inner["error"]["description"])[:200]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "without a reason"


def _first_line(error: Exception) -> str:
    """Return an error's words without curl's advice where to read more."""
    words = (str(error).splitlines() or [type(error).__name__])[0]
    return words.partition(". See https://curl.se")[0].removeprefix("Failed to perform, ")
