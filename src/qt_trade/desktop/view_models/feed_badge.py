"""The feed in the header: what kind of prices, how many sources stand behind them, how old."""

from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.market import FeedState, MarketStatus
from qt_trade.contract.payloads.sources import MultiApiEnhancedData, Timeliness
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, words
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotas import ProviderState

PLAYED = (FeedKind.REPLAY, FeedKind.SIMULATION)
"""Feeds that are not today's market: they wear a dashed outline."""
RECORDING = ".parquet"
"""How every recording's name ends; the header has no room to say it."""
_ICONS = {
    FeedKind.REAL_TIME: "feed",
    FeedKind.DELAYED: "clock",
    FeedKind.REPLAY: "replay",
    FeedKind.SIMULATION: "simulation",
}


def feed_badge(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    """Return the header's fields about the feed for this moment."""
    status = desk.market_status
    if status is None:
        return {"feed_words": "no streamer heard yet"}
    view: dict[str, Any] = {
        "feed_icon": _ICONS[status.feed],
        "feed_title": status.feed.value,
        "feed_tone": "",
        "feed_words": _source(status),
        "feed_dashed": status.feed in PLAYED,
        "feed_hint": f"{status.feed.value}: {status.feed_source}. {status.feed_words}".strip(),
    }
    if status.feed_state in (FeedState.NO_DATA, FeedState.MUTE):
        reason = status.feed_words
        return view | {
            "feed_title": status.feed_state.replace("_", " "),
            "feed_tone": "crit",
            "feed_words": reason,
        }
    if status.feed_state is FeedState.ENDED:
        return view | {"feed_tone": "warn", "feed_words": "the recording is over"}
    view |= {"feed_named": True} | _evidence(desk, status, wall)
    return view | (_late(desk, status, wall) or _closed(desk, status))


def _source(status: MarketStatus) -> str:
    """Return where the feed comes from, its speed first: a long file name is cut, a speed never."""
    speed = status.clock.speed
    fast = f"×{speed:g} · " if speed != 1 else ""
    return fast + status.feed_source.removesuffix(RECORDING)


def _evidence(desk: Snapshot, status: MarketStatus, wall: datetime) -> dict[str, Any]:
    """Return what the sources show; nothing of a played feed, or where nobody has said it."""
    made = desk.by_source
    silent = freshness.is_silent(desk, registry.MULTI_API_DATA, wall)
    if status.feed in PLAYED or made is None or not made.symbols or silent:
        return {}
    used, real_time = _sources(desk, made)
    if not used and not real_time:
        return {"feed_title": FeedKind.DELAYED.value, "feed_icon": "clock", "feed_tone": "warn"}
    few = used < real_time or not any(not one.doubt for one in made.symbols.values())
    age = _newest_s(desk, wall)
    count = f"{used} of {words.count(real_time, 'source')}"
    old = "" if age is None else f" · {words.span(age)}"
    return {
        "feed_words": count + old,
        "feed_short": f"{used}/{real_time}{old}",
        "feed_words_tone": "warn" if few else "faint",
        "feed_named": False,
    }


def _sources(desk: Snapshot, made: MultiApiEnhancedData) -> tuple[int, int]:
    """Return how many sources stand behind any price, and how many could: real-time ones."""
    used: set[str] = set()
    could: set[str] = set()
    for one in made.symbols.values():
        could |= {n for n, s in one.sources.items() if s.timeliness is Timeliness.REAL_TIME}
        used |= could.intersection(one.sources_used)
    stats = {} if desk.source_stats is None else desk.source_stats.providers
    could |= {
        name
        for name, one in stats.items()
        if one.timeliness is Timeliness.REAL_TIME and one.state is not ProviderState.NOT_CONFIGURED
    }
    return len(used), len(could)


def _newest_s(desk: Snapshot, wall: datetime) -> float | None:
    newest = max((quote.feed_ts for quote in desk.quotes.values()), default=None)
    now = desk.feed_now(wall)
    if newest is None or now is None:
        return None
    return max(0.0, (now - newest).total_seconds())


def _late(desk: Snapshot, status: MarketStatus, wall: datetime) -> dict[str, Any]:
    newest = max((quote.feed_ts for quote in desk.quotes.values()), default=None)
    seconds = _newest_s(desk, wall)
    if newest is None or seconds is None:
        return {}
    if not desk.connected:
        title = f"STALE {words.age(desk.stale_since, wall)}"
    elif status.market_open and seconds > status.clock.stale_after_s:
        title = f"STALE {words.span(seconds)}"
    else:
        return {}
    return {
        "feed_title": title,
        "feed_tone": "warn",
        "feed_words": f"last quote {words.clock(newest)}",
        "feed_short": "",
        "feed_words_tone": "faint",
        "feed_named": False,
    }


def _closed(desk: Snapshot, status: MarketStatus) -> dict[str, Any]:
    """Return how a real feed looks while its market is closed: its last word is not stale."""
    if status.market_open or status.feed in PLAYED:
        return {}
    newest = max((quote.feed_ts for quote in desk.quotes.values()), default=None)
    return {
        "feed_title": "CLOSED",
        "feed_icon": "clock",
        "feed_words": "no quote yet" if newest is None else f"last {words.minute(newest)}",
        "feed_short": "",
        "feed_words_tone": "faint",
        "feed_named": False,
    }
