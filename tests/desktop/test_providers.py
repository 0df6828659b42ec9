"""The providers on the System page: their state in words, and what may still be asked of them."""

from typing import Any

import pytest
from tests.desktop import backend as published
from tests.desktop import machine, sources
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.desktop.models.system_rows import ConnectionRow
from qt_trade.model.quotas import ProviderState


@pytest.fixture
def system(desk: Hands, backend: Backend) -> Hands:
    sources.publish_real_market(backend)
    machine.publish_machine(backend, desk.snapshot.session_id)
    backend.write(registry.MARKET_STATUS, sources.status())
    desk.show("System")
    desk.until(lambda: "Twelve Data" in rows(desk))
    desk.settle()
    return desk


def rows(desk: Hands) -> dict[str, ConnectionRow]:
    model = desk.item("connectionsTable").property("model")
    return {model.row(place).to: model.row(place) for place in range(model.rowCount())}


def changed(backend: Backend, **more: Any) -> None:
    backend.write(
        registry.MULTI_API_STATS,
        sources.providers(finnhub=sources.provider("Finnhub", **more)),
    )


def test_every_provider_has_its_row(system: Hands) -> None:
    """Title, state, detail in words, latency and what is left."""
    found = rows(system)
    told = {
        name: (row.state.word, row.detail, row.latency_ms, row.left)
        for name, row in found.items()
        if row.key.startswith("provider-")
    }
    assert told == {
        "Alpaca": ("connected", "stream, 12 symbols", 38.0, "18 of 30 symbols"),
        "Finnhub": ("connected", "stream, 10 symbols", 61.0, "22 of 60 this min"),
        "Yahoo": ("connected", "10 of 10 answered", 184.0, "no published quota"),
        "Twelve Data": ("connected", "8 of 10 answered", 240.0, "88 of 800 credits today"),
        "FMP": ("connected", "end of day only · 10 of 10 answered", 320.0, "203 of 250 today"),
        "Marketstack": ("not configured", "no key was given", None, ""),
    }
    assert found["Twelve Data"].left_tone == "warn"
    assert found["Finnhub"].left_share == pytest.approx(22 / 60)
    assert "800 credits today left, all of it again" in found["Twelve Data"].left_hint
    assert found["Alpaca"].spark == (38.0,)


@pytest.mark.parametrize(
    ("state", "word", "broken"),
    [
        (ProviderState.LIMITED, "limited", 0),
        (ProviderState.RESTING, "resting", 1),
        (ProviderState.PROBING, "probing", 1),
        (ProviderState.REFUSED, "refused", 1),
        (ProviderState.NOT_CONFIGURED, "not configured", 0),
    ],
)
def test_a_provider_that_gives_nothing_counts_where_it_was_configured(
    system: Hands, backend: Backend, state: ProviderState, word: str, broken: int
) -> None:
    """The page's amber count is of what a person must look at."""
    before = system.app.desk.system.roles.view.trouble
    changed(backend, state=state, until=published.NOW, words="key revoked")
    system.until(lambda: rows(system)["Finnhub"].state.word == word)
    assert rows(system)["Finnhub"].detail == "until 13:46:00 ET · key revoked"
    assert system.app.desk.system.roles.view.trouble == before + broken


def test_a_torn_stream_is_degraded(system: Hands, backend: Backend) -> None:
    """The streamer counts nothing as streamed while the line is down; its words say why."""
    lost = "Finnhub cannot be reached: the stream was closed"
    changed(backend, streamed=0, stream_max=50, stream_connected=False, words=lost)
    system.until(lambda: rows(system)["Finnhub"].state.word == "degraded")
    detail = rows(system)["Finnhub"].detail
    assert detail.startswith("stream torn")
    assert detail.endswith(lost)


def test_a_few_symbols_without_an_answer_degrade_nobody(system: Hands, backend: Backend) -> None:
    """Half of them do; how many were answered is said either way."""
    changed(backend, streamed=0, stream_max=50, stream_connected=True, success=8, errors=2)
    system.until(lambda: "8 of 10 answered" in rows(system)["Finnhub"].detail)
    assert rows(system)["Finnhub"].state.word == "connected"
    changed(backend, streamed=0, stream_max=50, stream_connected=True, success=4, errors=6)
    system.until(lambda: rows(system)["Finnhub"].state.word == "degraded")


def test_what_nobody_has_said_for_long_is_not_known(system: Hands, backend: Backend) -> None:
    backend.write_old(registry.MULTI_API_STATS, sources.providers(), 60.0)
    system.until(lambda: rows(system)["Finnhub"].state.word == "not known")
    assert rows(system)["Finnhub"].stale
    assert rows(system)["Finnhub"].detail.startswith("last heard ")


def test_a_recording_has_no_row_of_a_provider(desk: Hands, backend: Backend) -> None:
    """Its feed's own row says all there is."""
    backend.publish_everything()
    only = sources.provider("minute_2013", timeliness=sources.Timeliness.RECORDED)
    stats = sources.msgspec.structs.replace(
        sources.providers(), feed=published.FEED, providers={"minute_2013": only}
    )
    backend.write(registry.MULTI_API_STATS, stats)
    desk.show("System")
    desk.until(lambda: desk.snapshot.source_stats is not None)
    desk.settle()
    assert not [row for row in rows(desk).values() if row.key.startswith("provider-")]
