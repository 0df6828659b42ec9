"""The market's clock in the header: which session it is, why the exchange rests, what comes next."""

from datetime import datetime
from typing import Any

from qt_trade.contract.payloads.market import MarketSession, MarketStatus
from qt_trade.desktop.view_models import words
from qt_trade.desktop.view_models.feed_badge import PLAYED

_PHASES = {
    MarketSession.PRE_MARKET: "pre-market",
    MarketSession.OPEN: "open",
    MarketSession.AFTER_HOURS: "after hours",
    MarketSession.CLOSED: "closed",
}


def market_clock(status: MarketStatus | None, now: datetime | None) -> dict[str, Any]:
    """Return title, words and hint; nothing before the streamer was heard."""
    if status is None or now is None:
        return {}
    if status.feed in PLAYED:
        # A recording's time is not that of anybody's watch: it is told with its date.
        said = _joined(f"{words.date(now)} {words.minute(now)}", status.holiday, _early(status))
    else:
        said = _next(status, now)
    left = _left(status, now)
    return {
        "clock_title": f"NYSE {_PHASES[status.market_session]}",
        "clock_words": said,
        "clock_hint": f"{status.words}; in {left}" if left else status.words,
    }


def _next(status: MarketStatus, now: datetime) -> str:
    early = _early(status)
    if status.market_open:
        left = _left(status, now)
        if not left:
            return early
        return f"{early}, in {left}" if early else f"closes in {left}"
    opens = ""
    if status.next_open is not None:
        opens = f"opens {status.next_open.astimezone(words.NEW_YORK):%a %H:%M}"
    if status.holiday:
        return f"{status.holiday}; {opens}" if opens else status.holiday
    return _joined(opens, early)


def _early(status: MarketStatus) -> str:
    """Return when an early close is still to come."""
    to_come = status.market_session in (MarketSession.PRE_MARKET, MarketSession.OPEN)
    if not status.early_close or not to_come or status.next_close is None:
        return ""
    return f"early close {words.minute(status.next_close)}"


def _left(status: MarketStatus, now: datetime) -> str:
    if not status.market_open or status.next_close is None:
        return ""
    return words.span((status.next_close - now).total_seconds())


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
