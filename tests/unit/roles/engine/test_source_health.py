"""The providers as the engine judges them: as services, and as what a person must look at."""

from datetime import UTC, datetime

import pytest

from qt_trade.contract.payloads.health import ServiceStatus
from qt_trade.contract.payloads.sources import MultiApiEnhancedStats, SourceStats, Timeliness
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotas import ProviderState
from qt_trade.roles.engine.source_health import service, source_conditions

AT = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


def source(state: ProviderState, words: str = "so") -> SourceStats:
    return SourceStats(
        title="Finnhub", plan="free", timeliness=Timeliness.REAL_TIME, note="pushed trades",
        state=state, words=words, until=None, success=0, errors=0, last_round=None, streamed=0,
        stream_max=50, stream_connected=False, latency_ms=None, units="calls", windows=(),
    )  # fmt: skip


def stats(
    *, feed: FeedKind = FeedKind.REAL_TIME, data: int = 0, quorum: int = 0, **known: SourceStats
) -> MultiApiEnhancedStats:
    return MultiApiEnhancedStats(
        ts=AT, source="streamer", feed=feed, run_id="run-1", feed_ts=AT, providers=known,
        total_tickers=data, tickers_with_data=data, tickers_with_quorum=quorum, coverage_pct=0.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (ProviderState.OK, ServiceStatus.ACTIVE),
        (ProviderState.LIMITED, ServiceStatus.DEGRADED),
        (ProviderState.RESTING, ServiceStatus.OFFLINE),
        (ProviderState.PROBING, ServiceStatus.OFFLINE),
        (ProviderState.REFUSED, ServiceStatus.ERROR),
        (ProviderState.NOT_CONFIGURED, ServiceStatus.NOT_CONFIGURED),
    ],
)
def test_a_provider_is_a_service_in_a_state(state: ProviderState, status: ServiceStatus) -> None:
    """Its own words go along."""
    told = service(stats(finnhub=source(state)), "finnhub", FeedKind.REAL_TIME)
    assert (told.status, told.words) == (status, "so")


def test_a_provider_without_trouble_says_what_its_prices_are_worth() -> None:
    """No words of trouble: its note stands there."""
    told = service(stats(finnhub=source(ProviderState.OK, "")), "finnhub", FeedKind.REAL_TIME)
    assert told.words == "pushed trades"


@pytest.mark.parametrize("known", [None, stats()])
def test_what_is_not_known_is_not_called_active(known: MultiApiEnhancedStats | None) -> None:
    """Before the streamer has told, nothing is invented."""
    told = service(known, "finnhub", FeedKind.REAL_TIME)
    assert told.status is ServiceStatus.NOT_CONFIGURED
    assert "not told" in told.words


def test_a_recording_asks_nobody() -> None:
    """Whatever an earlier run left behind."""
    told = service(stats(finnhub=source(ProviderState.OK)), "finnhub", FeedKind.REPLAY)
    assert told.status is ServiceStatus.NOT_CONFIGURED
    assert "REPLAY" in told.words


def test_a_refused_key_needs_a_person_who_is_told_which() -> None:
    """The variable to mend is named."""
    (found,) = source_conditions(stats(finnhub=source(ProviderState.REFUSED)), market_open=False)
    assert found.key == "source.finnhub.refused"
    assert "QTRADE_PROVIDERS__FINNHUB__KEY" in found.action
    assert found.holds_s == 0


def test_a_provider_that_rests_is_told_after_a_minute() -> None:
    """A short failure is nobody's trouble."""
    (found,) = source_conditions(stats(finnhub=source(ProviderState.RESTING)), market_open=True)
    assert (found.key, found.holds_s) == ("source.finnhub.resting", 60.0)


@pytest.mark.parametrize(
    ("quorum", "market_open", "told"), [(0, True, True), (1, True, False), (0, False, False)]
)
def test_prices_that_nobody_confirms_are_told_while_the_market_is_open(
    quorum: int, *, market_open: bool, told: bool
) -> None:
    """One confirmed symbol is enough to know that it works."""
    found = source_conditions(stats(data=3, quorum=quorum), market_open=market_open)
    assert [one.key for one in found] == (["source.quorum"] if told else [])


def test_a_recording_needs_no_quorum() -> None:
    """Its only source is the recording."""
    replayed = stats(feed=FeedKind.REPLAY, data=3)
    assert source_conditions(replayed, market_open=True) == ()
