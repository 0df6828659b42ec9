"""Every line to something outside: Redis, PostgreSQL, the feed, providers, an AI, each role's Redis."""

from collections.abc import Iterator
from datetime import datetime

from qt_trade.contract import registry
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.payloads.market import FeedState
from qt_trade.contract.payloads.signals import CandidateState
from qt_trade.contract.payloads.sources import SourceStats, Timeliness
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.system_rows import ConnectionRow, State
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.system_snapshot import AI, POSTGRES, REDIS, Heard, line_name, provider_line
from qt_trade.desktop.view_models import freshness, provider_words, words
from qt_trade.desktop.view_models.candidates import plain_line

UP = State("connected", "check", "ok")
DOWN = State("lost", "cross", "crit")
UNKNOWN = State("not known", "question", "warn")
HEARD_S = 6.0
"""Three reports missed: what a process said of its connections is old."""
_LINKS = {
    LinkPhase.CONNECTING: State("connecting", "clock", "warn"),
    LinkPhase.RECONNECTING: DOWN,
    LinkPhase.REFUSED: State("refused", "cross", "crit"),
    LinkPhase.CLOSED: State("closed", "dash", "muted"),
}
UNASKED = State("not asked yet", "clock", "muted")
"""Nobody knows whether an AI answers that was never asked."""
_AI_STATES = {
    CandidateState.ACTIVE: UP,
    CandidateState.BUDGET_USED: State("budget used", "clock", "warn"),
    CandidateState.ERROR: State("failed", "cross", "crit"),
}
_FEEDS = {
    FeedState.OK: State("delivers", "check", "ok"),
    FeedState.ENDED: State("ended", "dash", "muted"),
}


def connection_rows(desk: Snapshot, wall: datetime) -> list[ConnectionRow]:
    """Return one row per connection."""
    return [
        _redis(desk, wall),
        _postgres(desk, wall),
        *_feed(desk),
        *_providers(desk, wall),
        *_ai(desk, wall),
        *_roles(desk, wall),
    ]


def _redis(desk: Snapshot, wall: datetime) -> ConnectionRow:
    link = desk.link
    parts = (link.target or desk.target or "no address", link.server, _tls(link))
    where = " · ".join(part for part in parts if part)
    return ConnectionRow(
        key=REDIS,
        to=REDIS,
        via="this desk",
        state=UP if link.connected else _LINKS[link.phase],
        detail=where if not link.last_error else f"{where} · {link.last_error}",
        spark=desk.system.latencies.of(REDIS, wall),
        latency_ms=link.latency_ms,
        lost=link.reconnects,
    )


def _tls(link: Link) -> str:
    if not link.connected:
        return ""
    return "TLS" if link.tls else "no TLS"


def _postgres(desk: Snapshot, wall: datetime) -> ConnectionRow:
    status = desk.system_status
    spark = desk.system.latencies.of(POSTGRES, wall)
    if status is None:
        return ConnectionRow(
            POSTGRES, POSTGRES, "engine", UNKNOWN, "the engine has not said", spark
        )
    seconds = freshness.age_s(status.ts, desk, wall)
    old = not desk.connected or freshness.is_silent(desk, registry.SYSTEM_STATUS, wall)
    known = UP if status.postgres_connected else DOWN
    return ConnectionRow(
        key=POSTGRES,
        to=POSTGRES,
        via="engine",
        state=UNKNOWN if old else known,
        detail=f"last heard {words.span(seconds)} ago" if old else "as the engine sees it",
        spark=spark,
        latency_ms=status.postgres_latency_ms,
        stale=old,
    )


def _feed(desk: Snapshot) -> Iterator[ConnectionRow]:
    status = desk.market_status
    if status is None:
        return
    state = _FEEDS.get(status.feed_state, State(_word(status.feed_state), "warning", "warn"))
    if status.feed_state is FeedState.NO_DATA:
        state = State("no data", "cross", "crit")
    yield ConnectionRow(
        key="feed",
        to=status.feed_source,
        via="streamer",
        state=state if desk.connected else UNKNOWN,
        detail=status.feed_words or status.feed.value,
        stale=not desk.connected,
    )


def broken_providers(desk: Snapshot) -> int:
    """Return how many providers that somebody configured give nothing."""
    stats = desk.source_stats
    if stats is None or not desk.connected:
        return 0
    return sum(one.state in provider_words.BROKEN for one in stats.providers.values())


def _providers(desk: Snapshot, wall: datetime) -> Iterator[ConnectionRow]:
    """Yield a row for each provider of real prices; a played feed has its own row already."""
    stats = desk.source_stats
    if stats is None:
        return
    old = not desk.connected or freshness.is_silent(desk, registry.MULTI_API_STATS, wall)
    for name, one in stats.providers.items():
        if one.timeliness is not Timeliness.RECORDED:
            yield _provider(desk, wall, name, one, old=old)


def _provider(
    desk: Snapshot, wall: datetime, name: str, stats: SourceStats, *, old: bool
) -> ConnectionRow:
    quota = provider_words.quota_of(stats)
    last = freshness.last_answer(desk, registry.MULTI_API_STATS)
    return ConnectionRow(
        key=provider_line(name),
        to=stats.title or name,
        via=stats.plan,
        state=UNKNOWN if old else provider_words.state_of(stats),
        detail=f"last heard {last}" if old else provider_words.detail_of(stats),
        spark=desk.system.latencies.of(provider_line(name), wall),
        latency_ms=stats.latency_ms,
        left=quota.short,
        left_share=quota.share,
        left_tone=quota.tone,
        left_hint=quota.hint,
        stale=old,
    )


def _ai(desk: Snapshot, wall: datetime) -> Iterator[ConnectionRow]:
    """Yield a row for the AI that is asked for candidates, if one is set up."""
    told = desk.candidates
    if told is None or told.state is CandidateState.NOT_CONFIGURED:
        return
    old = not desk.connected or freshness.is_silent(desk, registry.GROK_CANDIDATES, wall)
    left_usd = max(0.0, told.budget_usd - told.spent_usd)
    last = freshness.last_answer(desk, registry.GROK_CANDIDATES)
    unasked = told.state is CandidateState.ACTIVE and told.asked_at is None
    known = UNASKED if unasked else _AI_STATES[told.state]
    yield ConnectionRow(
        key=AI,
        to=plain_line(told.model) or AI,
        via="worker",
        state=UNKNOWN if old else known,
        detail=f"last heard {last}" if old else plain_line(told.words) or "candidates",
        latency_ms=None if told.took_s is None else told.took_s * 1000,
        left=f"{fmt.number(left_usd)} of {fmt.number(told.budget_usd)} USD today",
        left_share=left_usd / told.budget_usd if told.budget_usd else -1.0,
        left_hint=f"{fmt.number(told.spent_usd)} USD are spent today",
        stale=old,
    )


def _word(state: FeedState) -> str:
    return state.value.lower().replace("_", " ")


def _roles(desk: Snapshot, wall: datetime) -> Iterator[ConnectionRow]:
    for instance, heard in sorted(desk.system.roles.items()):
        old = not desk.connected or (wall - heard.at).total_seconds() > HEARD_S
        yield _line(desk, wall, instance, heard, old=old)


def _line(
    desk: Snapshot, wall: datetime, instance: str, heard: Heard, *, old: bool
) -> ConnectionRow:
    line = heard.report.redis
    known = UP if line.connected else DOWN
    silent = f"last heard {words.age(heard.at, wall)} ago"
    return ConnectionRow(
        key=f"redis-{instance}",
        to=f"{REDIS} · {heard.report.role}",
        via="",
        state=UNKNOWN if old else known,
        detail=silent if old else line.last_error or _process(heard),
        spark=desk.system.latencies.of(line_name(heard.report), wall),
        latency_ms=line.latency_ms,
        lost=line.reconnects,
        stale=old,
    )


def _process(heard: Heard) -> str:
    return f"{heard.report.host} · process {heard.report.pid}"
