"""The launcher ties a program to its parent, makes it wait its turn, and takes rights away."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from qt_trade.roles.supervision import launch
from qt_trade.roles.supervision.postgres import server_owner
from qt_trade.roles.supervision.processes import ProcessSpec

WAIT_S = 20.0

PARENT = """
import subprocess, sys
from qt_trade.roles.supervision.processes import ProcessSpec
spec = ProcessSpec("child", ("/bin/sleep", "600"))
child = subprocess.Popen(spec.command(), start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""


def test_a_child_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as up:
        assert up.stdout is not None
        child = psutil.Process(int(up.stdout.readline()))
        up.kill()
        _, alive = psutil.wait_procs([child], timeout=WAIT_S)
    assert not alive


def test_a_child_whose_parent_is_gone_already_does_not_start() -> None:
    orphan = [sys.executable, launch.__file__, "parent=1", "death_signal=9", "--", "/bin/echo"]
    done = subprocess.run(orphan, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (125, b"")


def test_a_second_server_waits_until_the_first_has_let_go(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    first = ProcessSpec("first", ("/bin/sh", "-c", "echo begun; read go; echo ended"), lock=lock)
    second = ProcessSpec("second", ("/bin/sh", "-c", "echo second"), lock=lock)
    pipe = subprocess.PIPE
    with subprocess.Popen(first.command(), stdin=pipe, stdout=pipe) as holding:
        assert holding.stdin is not None
        assert holding.stdout is not None
        assert holding.stdout.readline() == b"begun\n"
        with subprocess.Popen(second.command(), stdout=pipe) as waiting:
            deadline = time.monotonic() + WAIT_S
            while f"-> FLOCK  ADVISORY  WRITE {waiting.pid} " not in _kernel_locks():
                assert time.monotonic() < deadline
            assert waiting.poll() is None
            holding.stdin.write(b"\n")
            holding.stdin.close()
            assert holding.stdout.readline() == b"ended\n"
            assert waiting.communicate()[0] == b"second\n"


def _kernel_locks() -> str:
    return Path("/proc/locks").read_text()


def test_a_server_below_closed_folders_reaches_them_without_root(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "text").write_text("read")
    (closed / "text").chmod(0o600)
    script = "id -u; cat text; test -r text && echo seen; grep CapEff /proc/self/status"
    spec = ProcessSpec("server", ("/bin/sh", "-c", script), owner=server_owner())
    done = subprocess.run(spec.command(), cwd=closed, capture_output=True, text=True, check=True)
    user, seen, capabilities = done.stdout.splitlines()
    assert user != "0"
    assert seen == "readseen"
    assert int(capabilities.split()[1], 16).bit_count() <= 1


def test_a_server_may_not_write_what_it_does_not_own(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("kept")
    file.chmod(0o400)
    spec = ProcessSpec("server", ("/bin/sh", "-c", f"echo x > {file}"), owner=server_owner())
    done = subprocess.run(spec.command(), capture_output=True, check=False)
    assert done.returncode != 0
    assert file.read_text() == "kept"


def test_only_root_changes_the_user() -> None:
    assert (server_owner() is None) == (os.geteuid() != 0)
