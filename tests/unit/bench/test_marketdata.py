"""``bench marketdata`` in small: real emulators, a real ledger, a real database."""

import json
import subprocess
import sys

import pytest

from qt_trade.bench import emulators

SMALL = """
import json
from qt_trade.bench.marketdata import Plan, measure
if __name__ == "__main__":
    plan = Plan(
        rounds=((7, 1),), alone=((2, 1),), repeats=1, latency_ms=5.0, bar_symbols=3, minutes=20,
        judged=50,
    )
    print(json.dumps(measure(plan).as_object()))
"""


def test_every_figure_of_market_data_is_measured_and_its_gates_are_those_of_the_design() -> None:
    """In a fresh process, as the command does it; how fast is not a test's business."""
    done = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["bench"] == "marketdata"
    rows = {row["figure"].partition(",")[0]: row for row in result["rows"]}
    assert all(row["value"] > 0 and row["ratio"] > 0 for row in rows.values())
    refresh = rows["refresh of 7 symbols at 5 providers"]
    # Finnhub: seven calls, eight at once; Marketstack: two; each other one.
    assert (refresh["gate"], refresh["floor"]) == (1.3, 0.005)
    assert "12 calls" in next(row["figure"] for row in result["rows"] if row is refresh)
    assert rows["refresh of 2 symbols at Yahoo"]["floor"] == 0.01
    assert rows["bars stored"]["gate"] == 0.6
    assert [name for name in rows if name.startswith("consensus of")] == [
        "consensus of 3 sources with its evidence",
        "consensus of 7 sources with its evidence",
    ]


def test_without_a_checkout_it_says_what_it_needs(monkeypatch, tmp_path) -> None:
    """The emulators are no part of what is installed."""
    monkeypatch.setattr(emulators, "ROOT", tmp_path)
    with (
        pytest.raises(emulators.NoCheckoutError, match="checkout"),
        emulators.emulated(["fmp"], 1, 0),
    ):
        pass
