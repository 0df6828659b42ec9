"""Events reach programs as JSON, people as lines or a table, and nobody once he is gone."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from qt_trade.kit.clock import ManualClock
from qt_trade.roles.supervision.log_files import OLD_LOGS_MAX, last_lines, rotate
from qt_trade.roles.supervision.progress import Progress
from qt_trade.roles.supervision.reporting import (
    AllReady,
    Died,
    Event,
    Note,
    Ready,
    Restarted,
    Starting,
    Stopped,
    Stopping,
    event_lines,
    several,
)

EVENTS: list[Event] = [
    Note("no display"),
    Starting("valkey"),
    Ready("valkey", 0.062),
    Starting("engine"),
    Died("engine", "exit code 3", 0.0, Path("logs/engine.log")),
    Restarted("engine", 1, 0.4),
    AllReady(1.25),
    Died("worker", "killed by SIGKILL", 2.5, Path("logs/worker.log")),
    Died("desktop", "exit code 1", None, Path("logs/desktop.log")),
    Restarted("worker", 2, 0.81),
    Note("run run-7, feed REPLAY"),
    Stopping("Ctrl-C"),
    Stopped("engine", killed=False),
    Stopped("valkey", killed=True),
]


def shown(*, terminal: bool) -> str:
    out = io.StringIO()
    progress = Progress(Console(file=out, force_terminal=terminal, width=120, _environ={}))
    for event in EVENTS:
        progress(event)
    return out.getvalue()


def test_a_pipe_gets_one_plain_line_per_event() -> None:
    assert shown(terminal=False).splitlines() == [
        "no display",
        "● valkey ready 0.06 s",
        "✖ engine died: exit code 3, starting again see logs/engine.log",
        "● engine ready again 0.40 s, restart 1",
        "All ready in 1.25 s",
        "✖ worker died: killed by SIGKILL, next start in 2.5 s see logs/worker.log",
        "✖ desktop died: exit code 1, not started again see logs/desktop.log",
        "● worker ready again 0.81 s, restart 2",
        "run run-7, feed REPLAY",
        "Stopping: Ctrl-C",
        "○ engine stopped",
        "○ valkey stopped (killed, it did not end by itself)",
    ]


def test_a_terminal_gets_a_table_first_and_lines_then() -> None:
    text = shown(terminal=True)
    table, _, lines = text.partition("All ready")
    assert table.splitlines()[0] == "no display"
    assert "engine" in table
    assert "ready" in table
    assert "killed by SIGKILL" in lines


def test_programs_get_every_event_as_json() -> None:
    out = io.StringIO()
    report = event_lines(out, ManualClock(datetime(2026, 11, 23, tzinfo=UTC)))
    for event in EVENTS:
        report(event)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == len(EVENTS)
    assert lines[4] == {
        "ts": "2026-11-23T00:00:00+00:00",
        "event": "role.died",
        "name": "engine",
        "cause": "exit code 3",
        "next_start_s": 0.0,
        "log": "logs/engine.log",
    }


def test_a_reporter_whose_terminal_is_gone_silences_no_other() -> None:
    heard: list[Event] = []
    attempts: list[Event] = []

    def gone(event: Event) -> None:
        attempts.append(event)
        raise BrokenPipeError

    tell = several([gone, heard.append])
    for event in EVENTS:
        tell(event)
    assert heard == EVENTS
    assert attempts == EVENTS[:1]


def test_an_error_of_a_reporter_itself_is_not_hidden() -> None:
    def wrong(_event: Event) -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        several([wrong])(EVENTS[0])


def test_old_logs_move_up_and_the_oldest_goes(tmp_path: Path) -> None:
    log = tmp_path / "role.log"
    for number in range(OLD_LOGS_MAX + 2):
        log.write_text(f"{number}")
        with log.open("ab") as file:
            file.truncate(11 * 1024 * 1024)
        rotate(log)
    kept = sorted(tmp_path.iterdir())
    assert [path.name for path in kept] == [f"role.log.{n}" for n in range(1, OLD_LOGS_MAX + 1)]
    assert kept[0].read_bytes()[:1] == b"4"


def test_the_end_of_a_log_is_quoted(tmp_path: Path) -> None:
    log = tmp_path / "role.log"
    log.write_text("".join(f"line {number}\n" for number in range(5000)))
    assert last_lines(log, 2) == "line 4998\nline 4999"
    assert last_lines(tmp_path / "none.log") == ""
