"""The blocking half of Yahoo: one chart request through yfinance, its errors named by what to do.

Importing this takes seconds (yfinance, pandas); only the thread of ``yahoo_charts`` does.
"""

import json
import logging
import math
import warnings
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pandas as pd
import yfinance
from curl_cffi import requests
from curl_cffi.requests.exceptions import RequestException
from yfinance import cache
from yfinance.exceptions import YFException, YFRateLimitError

from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    RateLimitedError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.providers.yahoo_format import (
    PAUSE_MIN_S,
    VENDOR,
    from_yahoo,
    shortest,
    to_yahoo,
)
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol

_BAR_S = 60
_CHART = "/v8/finance/chart/"
_NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 404, 429, 500


class ChartClient:
    """Asks for one-minute charts. Not for two threads at once: yfinance keeps one global session.

    ``base_url`` sends every request there instead of to Yahoo's hosts (a loopback emulator).
    """

    def __init__(self, base_url: str | None, timeout_s: float, cache_dir: str | None) -> None:
        yfinance.config.debug.hide_exceptions = False
        logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # what matters arrives as errors
        if cache_dir is not None:
            yfinance.set_tz_cache_location(cache_dir)
        self._session = _Session(base_url)
        self._timeout_s = timeout_s

    def minutes(self, symbol: Symbol, period: str, now: datetime) -> list[Bar]:
        """Return the closed one-minute bars of the last ``5d`` or ``1d``, regular hours only.

        Unadjusted, as quotes are. Raises one of the MarketDataErrors.
        """
        name = to_yahoo(symbol)
        # Saves a request per symbol; and what that request answers, yfinance keeps for the life of
        # the process, a torn answer too.
        cache.get_tz_cache().store(name, "America/New_York")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # yfinance 1.7 uses what pandas 3 deprecates
                frame = yfinance.Ticker(name, session=self._session).history(
                    period=period,
                    interval="1m",
                    prepost=False,
                    auto_adjust=False,
                    actions=False,
                    timeout=self._timeout_s,
                )
        except MarketDataError:
            raise
        except YFRateLimitError as error:
            raise RateLimitedError(VENDOR, PAUSE_MIN_S) from error
        except RequestException as error:
            raise UnreachableError(VENDOR, _first_line(error)) from error
        except YFException as error:
            raise BadAnswerError(VENDOR, _first_line(error)) from error
        except (json.JSONDecodeError, KeyError, IndexError, TypeError, ValueError) as error:
            # yfinance trusts the shape of what it reads; each of these is an odd answer.
            raise BadAnswerError(VENDOR, f"{type(error).__name__}: {_first_line(error)}") from error
        return _bars(symbol, frame, now)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class _Session(requests.Session[requests.Response]):
    """A browser-like session that can be sent elsewhere, and that reads the status first.

    yfinance answers any status from 400 on by fetching new cookies and asking once more, which is
    the wrong thing to do after 404, 429 and 5xx.
    """

    def __init__(self, base_url: str | None) -> None:
        super().__init__(impersonate="chrome", trust_env=base_url is None)
        self._elsewhere = base_url

    def request(self, method: Any, url: str, *args: Any, **options: Any) -> Any:
        parts = urlsplit(url)
        if self._elsewhere is not None:
            there = urlsplit(self._elsewhere)
            url = urlunsplit((there.scheme, there.netloc, parts.path or "/", parts.query, ""))
        response = super().request(method, url, *args, **options)
        if parts.path.startswith(_CHART):
            _status_is_good(response, parts.path.removeprefix(_CHART))
        return response


def _status_is_good(response: requests.Response, name: str) -> None:
    if response.status_code == _NOT_FOUND:
        raise UnknownSymbolError(VENDOR, from_yahoo(name))
    if response.status_code == _TOO_MANY:
        asked = response.headers.get("Retry-After") or ""
        raise RateLimitedError(VENDOR, max(PAUSE_MIN_S, float(asked) if asked.isdigit() else 0.0))
    if response.status_code >= _SERVER_ERROR:
        raise UnreachableError(VENDOR, f"its server answers HTTP {response.status_code}")


def _bars(symbol: Symbol, frame: pd.DataFrame, now: datetime) -> list[Bar]:
    bars = []
    for stamp, row in zip(frame.index, frame.itertuples(index=False), strict=True):
        at = stamp.to_pydatetime().astimezone(UTC)
        # The newest row is the minute under way, or the last trade at an odd second.
        if at.second or at.microsecond or (now - at).total_seconds() < _BAR_S:
            continue
        prices = (row.Open, row.High, row.Low, row.Close)
        first, high, low, last = (shortest(price) for price in prices)
        if not all(map(math.isfinite, prices)):
            continue  # a minute without a trade, or a hole
        if 0 < low <= min(first, last) <= max(first, last) <= high:
            volume = 0 if math.isnan(row.Volume) else int(row.Volume)
            bars.append(Bar(symbol, at, _BAR_S, first, high, low, last, volume))
    return bars


def _first_line(error: Exception) -> str:
    """Return an error's words without curl's advice where to read more."""
    words = (str(error).splitlines() or [type(error).__name__])[0]
    return words.partition(". See https://curl.se")[0].removeprefix("Failed to perform, ")
