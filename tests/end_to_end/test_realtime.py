"""Real time over three emulated providers: a quorum, its loss, its return, and a wrong price."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.end_to_end.stack import QTRADE, Stack, running_stack
from tests.end_to_end.venues import Venues

PATIENCE_S = 60.0
AT_ONCE_S = 1.0
SYMBOLS = ("AAPL", "BRK.B")


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Venues]:
    running = Venues(SYMBOLS)
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QTRADE_FEED__SYMBOLS", json.dumps(SYMBOLS))
    yield running
    running.close()


class Watcher:
    """Sees every version of the evidence."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url)
        self._changes = self._client.pubsub()
        self._changes.subscribe("multi_api_enhanced_data")

    def until(self, holds: Callable[[dict[str, Any]], bool], symbol: str = "AAPL") -> Any:
        """Return the evidence of a symbol as soon as it holds."""
        seen: Any = None
        for _ in range(int(PATIENCE_S / AT_ONCE_S) * 4):
            message = self._changes.get_message(ignore_subscribe_messages=True, timeout=AT_ONCE_S)
            if message is None:
                continue
            symbols = json.loads(message["data"].partition(b" ")[2])["symbols"]
            seen = symbols.get(symbol, seen)
            if seen is not None and holds(seen):
                return seen
        raise AssertionError(f"it never holds; the last was {json.dumps(seen, indent=1)}")

    def read(self, key: str) -> Any:
        """Return a document."""
        body: Any = self._client.get(key)
        return json.loads(body)

    def close(self) -> None:
        self._changes.close()
        self._client.close()


def quoted(stack: Stack, *options: str) -> subprocess.CompletedProcess[str]:
    """Run ``qtrade quote`` on a run."""
    command = (*QTRADE, "quote", *options, "--data-dir", str(stack.data_dir))
    return subprocess.run(command, capture_output=True, text=True, check=False)


def used(evidence: dict[str, Any]) -> set[str]:
    return set(evidence["sources_used"])


def confirmed(stack: Stack, watcher: Watcher) -> None:
    """All three agree, and `qtrade quote` prints who says what."""
    found = watcher.until(lambda e: used(e) == {"alpaca", "finnhub", "yahoo"})
    assert found["doubt"] == ""
    assert found["quorum"] == 2
    watcher.until(lambda e: not e["doubt"], "BRK.B")
    printed = quoted(stack, "AAPL", "BRK-B")
    assert printed.returncode == 0, printed.stderr
    for words in ("AAPL", "BRK.B", "alpaca", "finnhub", "yahoo", "used", "calls a minute"):
        assert words in printed.stdout


def wrong(watcher: Watcher, venues: Venues) -> None:
    """One is wrong by 5 %: it is left out, and taken again when it is right."""
    venues.wrong["finnhub"] = 1.05
    found = watcher.until(lambda e: e["sources"]["finnhub"]["verdict"] == "OUTLIER")
    assert found["doubt"] == ""
    assert used(found) == {"alpaca", "yahoo"}
    assert found["sources"]["finnhub"]["deviation_bp"] == pytest.approx(500, abs=15)
    del venues.wrong["finnhub"]
    watcher.until(lambda e: "finnhub" in used(e))


def lost(stack: Stack, watcher: Watcher, venues: Venues) -> None:
    """One dies, then another: the last one's price is in doubt until they are back."""
    venues.stop("alpaca")
    found = watcher.until(lambda e: e["sources"]["alpaca"]["verdict"] == "NO_PRICE")
    assert "Alpaca cannot be reached" in found["sources"]["alpaca"]["left_out"]
    assert used(found) == {"finnhub", "yahoo"}
    venues.stop("yahoo")
    doubtful = watcher.until(lambda e: used(e) == {"finnhub"})
    assert doubtful["doubt"] == "1 of 2 sources: nothing confirms the price"
    assert watcher.read("market_data")["symbols"]["AAPL"]["price"] > 0
    assert "IN DOUBT" in quoted(stack, "AAPL").stdout
    venues.start("alpaca")
    venues.start("yahoo")
    watcher.until(lambda e: used(e) == {"alpaca", "finnhub", "yahoo"})


@pytest.mark.timeout(300)
def test_sources_confirm_each_other_and_one_that_fails_is_left_out(
    tmp_path: Path, venues: Venues
) -> None:
    """Quorum by three, by two when one is wrong or dies, by three again; `qtrade quote` prints it."""
    with running_stack(tmp_path / "data", "--feed", "realtime") as stack:
        watcher = Watcher(stack.url_of("admin"))
        confirmed(stack, watcher)
        wrong(watcher, venues)
        lost(stack, watcher, venues)
        unknown = quoted(stack, "NVDA", "--json")
        assert unknown.returncode == 1
        assert "not watched" in json.loads(unknown.stdout)["missing"]["NVDA"]
        watcher.close()
