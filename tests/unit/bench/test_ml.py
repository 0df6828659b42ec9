"""``bench ml`` in small: real trainings in processes of their own, real predictions."""

import json
import subprocess
import sys

SMALL = """
import json
from qt_trade.bench.ml import Plan, measure
if __name__ == "__main__":
    plan = Plan(sizes=(2, 3), symbols=3, sessions=26, trainings=1, repeats=1)
    print(json.dumps(measure(plan).as_object()))
"""


def test_every_figure_of_models_is_measured_and_its_gates_are_those_of_the_design() -> None:
    """In a fresh process, as the command does it; how fast is not a test's business."""
    done = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["bench"] == "ml"
    rows = {row["figure"]: row for row in result["rows"]}
    assert all(row["value"] > 0 and row["ratio"] > 0 for row in rows.values())
    assert {name: (row["gate"], row["unit"]) for name, row in rows.items()} == {
        "training of 3 horizons, 3 symbols x 26 days": (30.0, "s"),
        "most memory of it, 3 symbols x 26 days": (2.0, "GB"),
        "features and predictions, 2 symbols x 26 days": (None, "ms"),
        "features and predictions, 3 symbols x 26 days": (250.0, "ms"),
    }
