"""``bench engine`` in small: real servers, every order at the broker, a stop before a backlog."""

import json
import subprocess
import sys

SMALL = """
import json
from qt_trade.bench.engine import Plan, measure
if __name__ == "__main__":
    result = measure(Plan(repeats=1, orders=5, backlog=400, stops=1, cycles=1))
    print(json.dumps(result.as_object()))
"""


def test_every_figure_of_the_engine_is_measured_and_its_gates_are_those_of_the_design() -> None:
    """In a fresh process, as the command does it; how fast is not a test's business."""
    done = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["bench"] == "engine"
    rows = {row["figure"]: row for row in result["rows"]}
    assert all(row["value"] > 0 for row in rows.values())
    for quantile in ("p50", "p99"):
        (row,) = (row for name, row in rows.items() if name.endswith(f"to the broker, {quantile}"))
        assert row["ratio"] == row["value"] / row["floor"]
    gates = {name: row["gate"] for name, row in rows.items() if row["gate"] is not None}
    assert list(gates.values()) == [50.0, 250.0, 50.0]
    assert "emergency stop acknowledged, 400 orders waiting" in gates
