"""One run per data folder, and no crash leaves a stale claim behind."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qt_trade.kit.clock import ManualClock
from qt_trade.roles.supervision.errors import AlreadyRunsError
from qt_trade.roles.supervision.single_instance import LOCK_FILE, single_instance

CLOCK = ManualClock(datetime(2026, 11, 23, 15, 30, tzinfo=UTC))

HOLDER = """
import sys, time
from pathlib import Path
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.supervision.single_instance import single_instance
with single_instance(Path(sys.argv[1]), SystemClock()):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_told_who_holds_the_folder_and_what_to_do(tmp_path: Path) -> None:
    with (
        single_instance(tmp_path, CLOCK),
        pytest.raises(AlreadyRunsError) as refused,
        single_instance(tmp_path, CLOCK),
    ):
        pass
    text = str(refused.value)
    assert f"process {os.getpid()} since 2026-11-23 15:30:00 UTC" in text
    assert str(tmp_path) in text
    assert "--data-dir" in text


def test_a_holder_that_has_not_signed_yet_is_respected(tmp_path: Path) -> None:
    with single_instance(tmp_path, CLOCK):
        (tmp_path / LOCK_FILE).write_text("")
        with (
            pytest.raises(AlreadyRunsError, match="just started"),
            single_instance(tmp_path, CLOCK),
        ):
            pass


def test_the_next_run_may_begin_when_the_last_has_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with single_instance(tmp_path, CLOCK):
            assert str(os.getpid()) in (tmp_path / LOCK_FILE).read_text()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(AlreadyRunsError, match=f"process {holder.pid} "),
            single_instance(tmp_path, CLOCK),
        ):
            pass
        holder.kill()
    assert str(holder.pid) in (tmp_path / LOCK_FILE).read_text()
    with single_instance(tmp_path, CLOCK):
        assert str(holder.pid) not in (tmp_path / LOCK_FILE).read_text()
