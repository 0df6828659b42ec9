"""``bench bus`` in small: real servers, every write, command and poll accounted for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qt_trade.bench import older
from qt_trade.bench.older import POLL_S, find_program, poll

SMALL = """
import json
from qt_trade.bench.bus import Plan, measure
if __name__ == "__main__":
    plan = Plan(repeats=2, writes=30, documents=40, quotes=1000, commands=5, idle_s=0.5, polls=1)
    result = measure(plan)
    print(json.dumps(result.as_object() | {"notes": result.notes}))
"""
RATIOS = {
    "object in a watcher, p50": 2.0,
    "object in a watcher, p99": 3.0,
    "command → journalled → reply, p50": 3.0,
    "command → journalled → reply, p99": 3.0,
}


def test_every_figure_stands_beside_its_floor() -> None:
    """In a fresh process, as the command does it; how fast is not a test's business."""
    done = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["bench"] == "bus"
    rows = {row["figure"]: row for row in result["rows"]}
    for words, gate in RATIOS.items():
        (row,) = (row for name, row in rows.items() if name.endswith(words))
        assert row["gate"] == gate
        assert row["ratio"] == row["value"] / row["floor"] > 0
        assert row["ok"] is (row["ratio"] <= gate)
    for what in ("documents", "quotes"):
        row = rows[f"validated {what} from one writer"]
        assert row["ok"] is (row["ratio"] >= row["gate"] == 0.35)
    idle = [row for name, row in rows.items() if name.startswith("commands an idle desktop sends")]
    assert [row["gate"] for row in idle] == [1.0, 1.0]
    assert bool(result["notes"]) is (find_program() is None)


def test_without_the_program_of_the_older_design_its_rows_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And it is said so, instead of a number nobody measured."""
    monkeypatch.setenv("PATH", "")
    assert find_program() is None


def test_each_key_costs_the_older_design_a_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All keys in each poll; the password is not among the arguments."""
    seen = tmp_path / "seen"
    program = tmp_path / "redis-cli"
    program.write_text(f'#!/bin/sh\necho "$@ $REDISCLI_AUTH" >> {seen}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_program()
    assert found == str(program)
    monkeypatch.setenv("PATH", "/bin:/usr/bin")
    polls = poll(found, "redis://me:s3cret@127.0.0.1:7000/0", 2)
    assert len(polls.times_ms) == len(polls.cpu_ms) == 2
    lines = seen.read_text().splitlines()
    assert len(lines) == 2 * older.KEYS
    assert lines[0] == "-h 127.0.0.1 -p 7000 --user me GET market_data s3cret"
    assert POLL_S == 5.0
