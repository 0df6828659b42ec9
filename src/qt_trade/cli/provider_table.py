"""The work behind ``qtrade providers``."""

from datetime import datetime

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.reporting import NEW_YORK, age
from qt_trade.contract import registry
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.sources import (
    MultiApiEnhancedStats,
    QuotaWindow,
    SourceStats,
    Timeliness,
)
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotas import ProviderState
from qt_trade.settings import Settings, SettingsError
from qt_trade.wiring.providers import Configured, configured, known_specs

_NOTHING = "–"
_COLUMNS = ("provider", "plan", "state", "used", "left", "next reset", "streams", "why")


def show(target: Target, *, as_json: bool) -> None:
    """Print the providers of the run, or those that are configured here."""
    run = attach.run(lambda: _read(target)) if attach.seek_redis(target) else None
    asked = run is not None and run.feed is FeedKind.REAL_TIME
    if run is not None and asked:
        providers, words = run.providers, _written(run)
    else:
        providers = {one.spec.name: _not_asked(one) for one in setup(attach.settings_of())}
        words = "Configured here; no real-time run is under way, so nobody is asked"
    if as_json:
        print_json({"words": words, "providers": providers})
        return
    rows = [_row(one, asked=asked) for _, one in sorted(providers.items())]
    print_table("Providers of market data", _COLUMNS, rows)
    say(words)


def setup(settings: Settings) -> tuple[Configured, ...]:
    """Return all providers as they are set up. Raises RefusalError that names what is wrong."""
    try:
        return configured(settings, known_specs())
    except SettingsError as error:
        raise RefusalError(str(error), USAGE) from error


async def _read(target: Target) -> MultiApiEnhancedStats | None:
    async with attach.attached(target) as bus:
        try:
            found = await bus.read(registry.MULTI_API_STATS)
        except InvalidMessageError as error:
            raise RefusalError(f"{registry.MULTI_API_STATS.name} is damaged: {error}") from error
    return None if found is None else found.value


def _written(stats: MultiApiEnhancedStats) -> str:
    now = SystemClock().now()
    words = f"{stats.tickers_with_quorum} of {stats.total_tickers} symbols have a quorum"
    if registry.MULTI_API_STATS.stale(stats.ts, now):
        words += f"; STALE: written {age(stats.ts, now)} ago, the streamer is silent"
    return words


def _not_asked(one: Configured) -> SourceStats:
    """Return a provider as this machine's settings have it, with nothing used."""
    plan = one.plan
    return SourceStats(
        title=one.spec.title,
        plan=plan.name,
        timeliness=Timeliness(plan.timeliness.value),
        note=one.spec.note,
        state=ProviderState.NOT_CONFIGURED if one.missing else ProviderState.OK,
        words=one.missing,
        until=None,
        success=0,
        errors=0,
        last_round=None,
        streamed=0,
        stream_max=plan.stream_max,
        stream_connected=False,
        latency_ms=None,
        units="credits" if plan.billed_per_symbol else "calls",
        windows=tuple(
            QuotaWindow(
                window=limit.window, limit=limit.count, used=0, left=limit.count, resets_at=None
            )
            for limit in plan.limits
        ),
    )


def _row(one: SourceStats, *, asked: bool) -> tuple[str, ...]:
    state = one.state.value.lower().replace("_", " ")
    if not asked and one.state is ProviderState.OK:
        state = "set up, not asked"
    until = "" if one.until is None else f" until {_et(one.until)}"
    used = [f"{w.used:,} of {w.limit:,} {one.units} per {w.window}" for w in one.windows]
    return (
        one.title,
        one.plan,
        state + until,
        "\n".join(used) or _NOTHING,
        "\n".join(f"{w.left:,}" for w in one.windows) or _NOTHING,
        "\n".join(_NOTHING if w.resets_at is None else _et(w.resets_at) for w in one.windows),
        f"{one.streamed} of {one.stream_max}" if one.stream_max else _NOTHING,
        one.words or one.note,
    )


def _et(at: datetime) -> str:
    here = at.astimezone(NEW_YORK)
    today = SystemClock().now().astimezone(NEW_YORK).date()
    return f"{here:%H:%M:%S} ET" if here.date() == today else f"{here:%d %b %H:%M} ET"
