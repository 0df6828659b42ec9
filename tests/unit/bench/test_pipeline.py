"""``bench pipeline`` in small: real server, real streamer, real desktop, every quote accounted for."""

import json
import subprocess
import sys

SMALL = """
import json
from qt_trade.bench.pipeline import Plan, measure
if __name__ == "__main__":
    plan = Plan(repeats=2, quotes=40, warm_up=20, floors=10, symbols=3)
    print(json.dumps(measure(plan).as_object()))
"""


def test_every_quote_is_shown_and_timed() -> None:
    """In a fresh process, as the command does it; how fast is not a test's business."""
    done = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["bench"] == "pipeline"
    rows = {row["figure"]: row for row in result["rows"]}
    assert rows["quotes measured"]["value"] == 80
    for share, gate in (("p50", 25.0), ("p99", 60.0)):
        row = rows[f"provider quote → changed cell, {share}"]
        assert row["gate"] == gate
        assert row["value"] > row["floor"] > 0
        assert row["ratio"] == row["value"] / row["floor"]
        assert row["ok"] is (row["value"] <= gate)


def test_an_unknown_measurement_is_refused() -> None:
    """With the names of those there are."""
    done = subprocess.run(
        [sys.executable, "-m", "qt_trade.bench", "nonsense"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "pipeline" in done.stderr
