"""``bench desktop`` in small: real server, real streamer, real desktop; how fast is no test's business."""

import json
import subprocess
import sys

SMALL = """
import json
from qt_trade.bench.desktop import Plan, measure
if __name__ == "__main__":
    plan = Plan(symbols=3, rate=100.0, seconds=0.5, repeats=1, bars=500, repaints=3, starts=1)
    print(json.dumps(measure(plan).as_object()))
"""


def test_every_figure_of_the_desktop_is_measured_against_its_gate() -> None:
    """In a fresh process, as the command does it."""
    done = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["bench"] == "desktop"
    rows = {row["figure"]: row for row in result["rows"]}
    gates = {
        "GUI thread, 3 symbols, 100 quotes/s": ("%", 20.0),
        "quote → cell, p99, 3 symbols, 100 quotes/s": ("ms", 60.0),
        "quote → cell, p50, 3 symbols, 100 quotes/s": ("ms", None),
        "candle chart, 500 bars, quote and repaint": ("ms", 4.0),
        "candle chart, 500 bars, quote and repaint, all of them in view": ("ms", None),
        "warm start to the first frame": ("s", 0.6),
    }
    assert {name: (row["unit"], row["gate"]) for name, row in rows.items()} == gates
    assert all(row["value"] > 0 for row in rows.values())
    for row in rows.values():
        assert row["ok"] is (row["gate"] is None or row["value"] <= row["gate"])
