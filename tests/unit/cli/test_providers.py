"""``qtrade providers``: who is asked for prices, what is left, and what is missing here."""

import asyncio
import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from tests.desktop import sources
from tests.unit.cli.conftest import Qtrade

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.sources import MultiApiEnhancedStats
from qt_trade.kit.clock import SystemClock
from qt_trade.model.quotas import ProviderState, Window

KEY = "made-up-key-4711"


@pytest.fixture(autouse=True)
def _one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finnhub's key is set, nobody else's."""
    monkeypatch.setenv("QTRADE_PROVIDERS__FINNHUB__KEY", KEY)


async def _tell(url: str, stats: MultiApiEnhancedStats) -> None:
    streamer = Bus(url, Party.STREAMER, SystemClock(), random.Random(1))
    await streamer.open(timeout_s=20.0)
    await streamer.write(registry.MULTI_API_STATS, stats)
    await streamer.close()


def test_without_a_run_it_shows_what_is_configured(qtrade: Qtrade, tmp_path: Path) -> None:
    """Which key is missing is named, and no key is shown."""
    said = qtrade("providers", "--json", "--data-dir", str(tmp_path))
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert "no real-time run is under way" in found["words"]
    assert {name: one["state"] for name, one in found["providers"].items()} == {
        "alpaca": "NOT_CONFIGURED",
        "finnhub": "OK",
        "fmp": "NOT_CONFIGURED",
        "marketstack": "NOT_CONFIGURED",
        "twelvedata": "NOT_CONFIGURED",
        "yahoo": "OK",
    }
    assert found["providers"]["fmp"]["words"] == "QTRADE_PROVIDERS__FMP__KEY is not set"
    assert found["providers"]["twelvedata"]["units"] == "credits"
    table = qtrade("providers", "--data-dir", str(tmp_path)).out
    assert "0 of 60 calls per minute" in table
    assert table.count("not asked") == 2
    assert KEY not in said.out + table


def test_a_runs_budgets_are_shown(qtrade: Qtrade, redis_url: str) -> None:
    """Used, left and state as the streamer tells them, whatever is configured in this shell."""
    until = SystemClock().now() + timedelta(minutes=5)
    resting = sources.provider(
        "Finnhub",
        state=ProviderState.RESTING,
        until=until,
        words="its server answers HTTP 500",
        streamed=10,
        stream_max=50,
        windows=(sources.window(Window.MINUTE, 60, 22, resets_at=until),),
    )
    asyncio.run(_tell(redis_url, sources.providers(finnhub=resting)))
    said = qtrade("providers", "--redis-url", redis_url)
    assert said.code == 0, said.err
    (row,) = (line for line in said.out.splitlines() if "Finnhub" in line)
    for words in ("resting until", "38 of 60", " 22 ", "10 of 50", "its server answers"):
        assert words in row
    assert "have a quorum" in said.out


def test_a_wrong_plan_is_answered_with_those_there_are(
    qtrade: Qtrade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code 2, and the variable's name."""
    monkeypatch.setenv("QTRADE_PROVIDERS__FINNHUB__PLAN", "gold")
    said = qtrade("providers", "--data-dir", str(tmp_path))
    assert said.code == 2
    assert "QTRADE_PROVIDERS__FINNHUB__PLAN" in said.err
    assert "free" in said.err


def test_the_doctor_says_what_each_provider_lacks(qtrade: Qtrade, tmp_path: Path) -> None:
    """A missing key is advice, no failure."""
    said = qtrade("doctor", "--json", "--data-dir", str(tmp_path))
    found = {one["check"]: one for one in json.loads(said.out)}
    assert found["market data: Finnhub"]["words"] == "configured, plan free"
    assert found["market data: Finnhub"]["fix"] == ""
    fmp = found["market data: Financial Modeling Prep"]
    assert (fmp["ok"], fmp["fix"]) == (True, "QTRADE_PROVIDERS__FMP__KEY is not set")
