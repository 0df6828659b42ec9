"""The providers of market data as services, and what of them needs a person."""

from collections.abc import Iterable

from qt_trade.contract.payloads.health import ServiceHealth, ServiceStatus, Severity
from qt_trade.contract.payloads.sources import MultiApiEnhancedStats, SourceStats
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotas import ProviderState
from qt_trade.roles.engine.conditions import Condition

REST_HOLDS_S = 60.0
"""A provider that fails for less than this is nobody's trouble: the others go on."""
QUORUM_HOLDS_S = 15.0

_STATUS = {
    ProviderState.OK: ServiceStatus.ACTIVE,
    ProviderState.LIMITED: ServiceStatus.DEGRADED,
    ProviderState.RESTING: ServiceStatus.OFFLINE,
    ProviderState.PROBING: ServiceStatus.OFFLINE,
    ProviderState.REFUSED: ServiceStatus.ERROR,
    ProviderState.NOT_CONFIGURED: ServiceStatus.NOT_CONFIGURED,
}


def service(stats: MultiApiEnhancedStats | None, name: str, feed: FeedKind) -> ServiceHealth:
    """Return a provider's state in the words of ``system_status``."""
    if feed is not FeedKind.REAL_TIME:
        words = f"this run is {feed}; nobody else is asked"
        return ServiceHealth(status=ServiceStatus.NOT_CONFIGURED, words=words)
    known = None if stats is None else stats.providers.get(name)
    if known is None:
        words = "the streamer has not told of it yet"
        return ServiceHealth(status=ServiceStatus.NOT_CONFIGURED, words=words)
    return ServiceHealth(status=_STATUS[known.state], words=known.words or known.note)


def source_conditions(
    stats: MultiApiEnhancedStats | None, *, market_open: bool
) -> tuple[Condition, ...]:
    """Return what of the providers needs a person. Nobody minds a closed market without quorum."""
    if stats is None or stats.feed is not FeedKind.REAL_TIME:
        return ()
    of_each = (one for name, known in stats.providers.items() for one in _of(name, known))
    return (*of_each, *(_quorum(stats) if market_open else ()))


def _of(name: str, known: SourceStats) -> Iterable[Condition]:
    if known.state is ProviderState.REFUSED:
        yield Condition(
            key=f"source.{name}.refused",
            severity=Severity.WARNING,
            title=f"{known.title} refuses the key",
            message=f"{known.words}. Its prices are missing until the key is mended.",
            action=f"Set QTRADE_PROVIDERS__{name.upper()}__KEY to a valid key and start again.",
        )
    elif known.state in (ProviderState.RESTING, ProviderState.PROBING):
        yield Condition(
            key=f"source.{name}.resting",
            severity=Severity.WARNING,
            title=f"{known.title} fails",
            message=f"{known.words}. The other sources go on.",
            action="It is probed, and comes back by itself.",
            holds_s=REST_HOLDS_S,
        )


def _quorum(stats: MultiApiEnhancedStats) -> Iterable[Condition]:
    if stats.tickers_with_data and not stats.tickers_with_quorum:
        yield Condition(
            key="source.quorum",
            severity=Severity.WARNING,
            title="No price is confirmed by a second source",
            message=f"{stats.tickers_with_data} symbols have a price, and nothing opens on any.",
            action="Give a second provider a key: Finnhub and Alpaca have free ones.",
            holds_s=QUORUM_HOLDS_S,
        )
