"""What is said of the providers of market data: their state, their quotas, how much is left."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract.payloads.sources import QuotaWindow, SourceStats, Timeliness
from qt_trade.desktop.models.system_rows import State
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words
from qt_trade.model.quotas import ProviderState, Window

LOW_SHARE = 0.2
"""Below this share of a quota its meter is amber."""
CALLS = "calls"
NO_QUOTA = "no published quota"
BROKEN = (ProviderState.RESTING, ProviderState.PROBING, ProviderState.REFUSED)
"""States in which a provider that somebody configured gives nothing."""
_SPANS = {
    Window.SECOND: "this second",
    Window.MINUTE: "this min",
    Window.DAY: "today",
    Window.MONTH: "this month",
}
_STATES = {
    ProviderState.LIMITED: State("limited", "clock", "warn"),
    ProviderState.RESTING: State("resting", "pause", "warn"),
    ProviderState.PROBING: State("probing", "question", "warn"),
    ProviderState.REFUSED: State("refused", "cross", "crit"),
    ProviderState.NOT_CONFIGURED: State("not configured", "dash", "muted"),
}
_DEGRADED = State("degraded", "warning", "warn")
_CONNECTED = State("connected", "check", "ok")
_KINDS = {
    Timeliness.DELAYED: "delayed prices",
    Timeliness.END_OF_DAY: "end of day only",
    Timeliness.RECORDED: "recorded",
}


@dataclass(frozen=True, slots=True)
class Quota:
    """The quota with the least left. ``share`` of it is left; below 0: there is no meter.

    ``short``: what is left where there is little room; calls go without saying.
    """

    left: str = ""
    short: str = ""
    share: float = -1.0
    tone: str = "faint"
    hint: str = ""

    @property
    def line(self) -> str:
        """What is left, as a line of its own says it."""
        return f"{self.left} left" if self.share >= 0 else self.left


def title_of(desk: Snapshot, name: str) -> str:
    """Return a provider's name as people write it; where nobody has said it, as it is."""
    stats = None if desk.source_stats is None else desk.source_stats.providers.get(name)
    return name if stats is None or not stats.title else stats.title


def quota_of(stats: SourceStats) -> Quota:
    """Return what is left of a provider's tightest quota, and in the hint of all of them."""
    if stats.state is ProviderState.NOT_CONFIGURED:
        return Quota()
    limits = [window for window in stats.windows if window.limit]
    if not limits:
        return _places(stats)
    # A second's calls are there again before anybody has read how many are left.
    lasting = [window for window in limits if window.window is not Window.SECOND] or limits
    # Of several that are as full as one another the longest says most.
    least = min(sorted(lasting, key=_length, reverse=True), key=_share)
    share = _share(least)
    return Quota(
        left=_window(least, stats.units or CALLS),
        short=_window(least, "" if stats.units == CALLS else stats.units),
        share=share,
        tone="warn" if share < LOW_SHARE else "faint",
        hint="\n".join(f"{_window(one, stats.units or CALLS)} left{_reset(one)}" for one in limits),
    )


def _places(stats: SourceStats) -> Quota:
    """Return what is left of a provider that counts symbols in its stream and nothing else."""
    if not stats.stream_max or stats.timeliness is Timeliness.RECORDED:
        return Quota(NO_QUOTA, NO_QUOTA)
    left = max(0, stats.stream_max - stats.streamed)
    share = left / stats.stream_max
    words_left = f"{left:,} of {stats.stream_max:,} symbols"
    return Quota(
        left=words_left,
        short=words_left,
        share=share,
        tone="faint",
        hint=f"{stats.streamed:,} of at most {words.count(stats.stream_max, 'symbol')} streamed",
    )


def _length(window: QuotaWindow) -> int:
    return tuple(Window).index(window.window)


def _share(window: QuotaWindow) -> float:
    return min(1.0, window.left / window.limit)


def _window(window: QuotaWindow, units: str) -> str:
    parts = (f"{window.left:,} of {window.limit:,}", units, _SPANS[window.window])
    return " ".join(part for part in parts if part)


def _reset(window: QuotaWindow) -> str:
    if window.resets_at is None:
        return ", unused"
    local = window.resets_at.astimezone(words.NEW_YORK)
    day = f"{local:%a} " if window.window in (Window.DAY, Window.MONTH) else ""
    return f", all of it again {day}{words.clock(window.resets_at)} ET"


def state_of(stats: SourceStats) -> State:
    """Return a provider's state as a chip says it."""
    if stats.state is not ProviderState.OK:
        return _STATES[stats.state]
    return _DEGRADED if _torn(stats) or stats.errors > stats.success else _CONNECTED


def _torn(stats: SourceStats) -> bool:
    """Return whether a stream should be there and is not: its words say why."""
    return stats.stream_max > 0 and not stats.stream_connected and bool(stats.words)


def detail_of(stats: SourceStats) -> str:
    """Return in words how a provider is asked, or why it is not."""
    if stats.state is not ProviderState.OK:
        until = "" if stats.until is None else f"until {words.clock(stats.until)} ET"
        return " · ".join(part for part in (until, stats.words or stats.note) if part)
    return " · ".join(part for part in (_KINDS.get(stats.timeliness, ""), _ways(stats)) if part)


def _ways(stats: SourceStats) -> str:
    parts = []
    if stats.streamed and stats.stream_connected:
        parts.append(f"stream, {words.count(stats.streamed, 'symbol')}")
    elif _torn(stats):
        parts.append("stream torn")
    if stats.errors or not stats.streamed:
        parts.append(f"{stats.success:,} of {stats.success + stats.errors:,} answered")
    if stats.words:
        parts.append(stats.words)
    return ", ".join(parts)


def as_of(desk: Snapshot, at: datetime) -> str:
    """Return a moment of the feed with its zone; another day's with its date."""
    now = desk.market_status
    today = now is not None and at.astimezone(words.NEW_YORK).date() == (
        now.clock.feed.astimezone(words.NEW_YORK).date()
    )
    return words.clock(at) if today else f"{words.clock(at)}, {words.day(at)}"
