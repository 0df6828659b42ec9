"""What the AI's room works with, and when there is nothing to ask."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.intelligence.candidates.facts import HORIZON_MIN
from qt_trade.kit.clock import Clock
from qt_trade.market.calendar import NEW_YORK
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.feed_time import FeedTime
from qt_trade.settings import FeedChoice, Settings, SettingsError

HORIZON = timedelta(minutes=HORIZON_MIN)
GIVEN_UP = 2
"""After so many times the longest wait for an answer, whoever asked is dead."""


@dataclass(frozen=True, slots=True)
class AiParts:
    """What the room works with. ``sleep``: waits so many seconds, injected."""

    settings: Settings
    bus: Bus
    store: wiring.MarketStore
    feed_time: FeedTime
    wall: Clock
    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random


@dataclass(frozen=True, slots=True)
class Credential:
    """The AI's key; empty: it wants none, or ``why_not`` says why no AI is asked in this run."""

    key: str
    why_not: str

    def __repr__(self) -> str:
        return f"Credential(why_not={self.why_not!r})"


def credential_of(settings: Settings) -> Credential:
    """Return what an AI is asked with."""
    if settings.feed.choice is not FeedChoice.REALTIME:
        kind = settings.feed.choice.kind
        words = f"this run is {kind}: an AI is asked about the real prices of today only"
        return Credential("", words)
    try:
        key = settings.ai.credential(settings.keys_dir)
    except SettingsError as error:
        return Credential("", str(error))
    if settings.ai.wants_key() and not key:
        words = "no key is set: QTRADE_AI__KEY, or QTRADE_AI__BASE_URL for another AI"
        return Credential("", words)
    return Credential(key, "")


def no_hour_left(status: MarketStatus | None, now: datetime) -> str:
    """Return why nothing is asked at this moment of the day, empty when something may be.

    An opinion on a coming hour that ends after the close would be about one without prices.
    """
    if status is None or status.feed is not FeedKind.REAL_TIME or not status.market_open:
        return "the market is closed; asked again when it is open"
    close = status.next_close
    if close is not None and asked_until(close) < now.replace(second=0, microsecond=0):
        return (
            f"the market closes at {close:%H:%M} UTC, before an opinion's {HORIZON_MIN} minutes"
            " would have passed; asked again when it is open"
        )
    return ""


def asked_until(close: datetime) -> datetime:
    """Return the last minute of a session in which something is asked."""
    return close - HORIZON


def day_from(now: datetime) -> datetime:
    """Return when the budget's day began: midnight in New York."""
    midnight = datetime.combine(now.astimezone(NEW_YORK).date(), time(), NEW_YORK)
    return midnight.astimezone(now.tzinfo)


def next_day(now: datetime) -> datetime:
    """Return when the budget is whole again."""
    tomorrow = now.astimezone(NEW_YORK).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), NEW_YORK).astimezone(now.tzinfo)
